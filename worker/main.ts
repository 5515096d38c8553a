import { demonstrationTools } from '../tools/demonstration.ts';
import { runWorkerProcess } from './runWorkerProcess.ts';

await runWorkerProcess(demonstrationTools);

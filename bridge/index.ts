/* For a bridge inside a server process of your own: a fastify instance with its routes. */
export { createBridge, type BridgeLimits, type BridgeOptions } from './server.ts';
export { webhookPath, webhookPathOf } from '../config/webhookPath.ts';

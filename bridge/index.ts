/* For a bridge inside a server process of your own: a fastify instance with its routes. */
export { createBridge, webhookPath, webhookPathOf, type BridgeOptions } from './server.ts';

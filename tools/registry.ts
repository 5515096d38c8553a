import type { Tool } from './tool.ts';

/** The tools that a worker can execute, by name. */
export class ToolRegistry {
  readonly #tools: ReadonlyMap<string, Tool>;

  /** Throws a TypeError when two tools have the same name. */
  constructor(tools: readonly Tool[]) {
    const byName = new Map<string, Tool>();
    for (const tool of tools) {
      if (byName.has(tool.name)) throw new TypeError(`Two tools are called '${tool.name}'. Rename one.`);
      byName.set(tool.name, tool);
    }
    this.#tools = byName;
  }

  get(name: string): Tool | undefined {
    return this.#tools.get(name);
  }

  get names(): readonly string[] {
    return [...this.#tools.keys()];
  }
}

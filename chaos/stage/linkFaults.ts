/** Ends one fault of a link, and leaves its others. */
export type Mend = () => void;

type LinkFault = { readonly kind: 'cut' | 'held' } | { readonly kind: 'slow'; readonly delayMs: number };

/** What is wrong with a link: several faults at a time, each of which lasts until it is mended itself. */
export class LinkFaults {
  readonly #lasting = new Set<LinkFault>();
  #mended = Promise.withResolvers<void>();

  begin(fault: LinkFault): Mend {
    // The same fault twice is two.
    const own = { ...fault };
    this.#lasting.add(own);
    return () => this.#end(own);
  }

  mendAll(): void {
    for (const fault of this.#lasting) this.#end(fault);
  }

  get isCut(): boolean {
    return this.#has('cut');
  }

  /** By the slowest: 0 when none slows it down. */
  get delayMs(): number {
    const slow = [...this.#lasting].flatMap((fault) => (fault.kind === 'slow' ? fault.delayMs : []));
    return Math.max(0, ...slow);
  }

  /** Waits until nothing holds the link up. */
  async pass(): Promise<void> {
    while (this.#has('held')) await this.#mended.promise;
  }

  #has(kind: LinkFault['kind']): boolean {
    return [...this.#lasting].some((fault) => fault.kind === kind);
  }

  #end(fault: LinkFault): void {
    this.#lasting.delete(fault);
    this.#mended.resolve();
    this.#mended = Promise.withResolvers();
  }
}

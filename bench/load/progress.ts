/** To stderr: the figures go to stdout. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Tells of every tenth of `count`. */
export function everyTenth(count: number): (done: number) => void {
  let shown = 0;
  return (done) => {
    if (done < shown + count / 10 && done < count) return;
    shown = done;
    progress(`  ${done} of ${count}`);
  };
}

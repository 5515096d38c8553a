/** Tells of every tenth of `count`. */
export function everyTenth(count: number, say: (text: string) => void): (done: number) => void {
  let shown = 0;
  return (done) => {
    if (done < shown + count / 10 && done < count) return;
    shown = done;
    say(`  ${done} of ${count}`);
  };
}

// Promises about time, kept on a machine that does other things as well.

const ROUNDS = 3

/** What came of the first round that `isKept` holds for, or of the last one: what else a machine does spoils one or two of them. */
export async function inRounds<Outcome>(round: () => Promise<Outcome>, isKept: (outcome: Outcome) => boolean): Promise<Outcome> {
  for (let left = ROUNDS - 1; ; left -= 1) {
    const outcome = await round()
    if (left === 0 || isKept(outcome)) return outcome
  }
}

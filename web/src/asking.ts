// State of something asked for: what came, what was wrong, and whether it is still under way.
import { useCallback, useEffect, useState } from "react";
import { Refusal } from "./sandbox";

export const told = (problem: unknown): string =>
  problem instanceof Refusal ? problem.message : "Something went wrong in this page.";

/** What `ask` answers, asked once. */
export function useAnswer<Value>(ask: () => Promise<Value>): { value?: Value; problem?: Refusal | Error } {
  const [state, setState] = useState<{ value?: Value; problem?: Error }>({});
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setState({ value }),
      (problem: Error) => wanted && setState({ problem }),
    );
    return () => {
      wanted = false;
    };
  }, [ask]);
  return state;
}

/** Runs one thing at a time; `busy` meanwhile, `problem` when it failed. */
export function useDoing(): { busy: boolean; problem: string; run: (deed: () => Promise<void>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const run = useCallback(async (deed: () => Promise<void>) => {
    setBusy(true);
    setProblem("");
    try {
      await deed();
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, problem, run };
}

/** The time, every `seconds`. */
export function useNow(seconds: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

// Who the pages' session is, as the API knows it.
import { useCallback, useEffect, useState } from "react";
import { ask, whenEnded } from "./ask";
import { useSession } from "./kept";

export interface Who {
  /** null: nobody has signed in. */
  login: string | null;
  displayName: string | null;
  sandbox: boolean;
  tenant: string;
  /** Of the first grant; NOBODY without one. */
  role: string;
}

const WHO = "query Who { viewer { login displayName isSandbox tenant { name } grants { role } } }";

type Viewer = {
  viewer: {
    login: string | null;
    displayName: string | null;
    isSandbox: boolean;
    tenant: { name: string };
    grants: { role: string }[];
  };
};

/** The viewer, asked anew whenever another session begins; `ended` when the one there was is over. */
export function useWho(): { who?: Who; ended: boolean; problem: string; again: () => void } {
  const [state, setState] = useState<{ who?: Who; ended: boolean; problem: string }>({ ended: false, problem: "" });
  const entered = useSession()?.entered;
  const began = entered && `${entered.viewer.login} ${entered.viewer.role} ${entered.expiresAt}`;
  const again = useCallback(() => {
    let over = false;
    whenEnded(() => {
      over = true;
      setState((before) => ({ ...before, ended: true }));
    });
    ask<Viewer>({ query: WHO }).then(
      ({ data, errors }) => {
        if (over) setState({ ended: true, problem: "" });
        else if (!data) setState({ ended: false, problem: errors?.[0]?.message ?? "The server gave no answer." });
        else setState({ who: whoIn(data), ended: false, problem: "" });
      },
      () => setState({ ended: false, problem: "The server cannot be reached." }),
    );
  }, []);
  useEffect(() => {
    again();
  }, [began, again]);
  return { ...state, again };
}

function whoIn({ viewer: { login, displayName, isSandbox, tenant, grants } }: Viewer): Who {
  return { login, displayName, sandbox: isSandbox, tenant: tenant.name, role: grants[0]?.role ?? "NOBODY" };
}

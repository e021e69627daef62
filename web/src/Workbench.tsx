// GraphiQL with the viewer's session, its ready operations, and the bar over it.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { FetcherParams } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ask } from "./ask";
import { useAnswer } from "./asking";
import { THEME, useEditor } from "./editor-theme";
import { useSession } from "./kept";
import { type Training, trainingFor } from "./operations";
import { SessionBar, SwitchRole } from "./SessionBar";
import { Shelf } from "./shelf";
import { isWide, trainingPlugin } from "./TrainingPlugin";
import { useWho, type Who } from "./who";

export function Workbench() {
  const { who, ended, problem } = useWho();
  const current = useSession();
  const [copies, setCopies] = useState(0);
  const onReset = useCallback(() => setCopies((number) => number + 1), []);
  if (ended) return <SwitchRole current={current} />;
  if (problem) return <p className="problem alone">{problem}</p>;
  if (!who) return <p className="quiet alone">One moment…</p>;
  const viewer = `${who.tenant} ${who.login} ${who.role}`;
  return (
    <>
      <SessionBar who={who} onReset={onReset} />
      <main className="tool">
        <Tool key={`${viewer} ${current?.entered.room?.code} ${copies}`} viewer={viewer} who={who} />
      </main>
    </>
  );
}

const explorer = explorerPlugin({ showAttribution: false });

/** GraphiQL takes a moment to notice the operation of another tab; until then it names that of the one before. */
const named = (name: string | null | undefined, query: string) =>
  name && new RegExp(`\\b${name}\\b`).test(query) ? name : null;

const fetcher = ({ query, variables, operationName }: FetcherParams, options?: { headers?: Record<string, string> }) =>
  ask<unknown>({ query, variables: variables as unknown, operationName: named(operationName, query) }, options?.headers);

function Tool({ viewer, who }: { viewer: string; who: Who }) {
  const role = who.login === null ? "NOBODY" : who.role;
  const { value: trainings } = useAnswer(useCallback(() => trainingFor(role), [role]));
  const editor = useEditor();
  return trainings && editor ? <Ready viewer={viewer} trainings={trainings} /> : <p className="quiet alone">One moment…</p>;
}

function Ready({ viewer, trainings }: { viewer: string; trainings: Training[] }) {
  const shelf = useMemo(() => new Shelf(viewer), [viewer]);
  const training = useMemo(() => trainingPlugin(trainings), [trainings]);
  const plugins = useMemo(() => [training, explorer, HISTORY_PLUGIN], [training]);
  const tabs = useMemo(() => trainings.map(({ query, variables }) => ({ query, variables })), [trainings]);
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={shelf}
      editorTheme={THEME}
      defaultTabs={tabs}
      plugins={plugins}
      {...(isWide() && { visiblePlugin: training })}
      schemaDescription
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
      <SystemTheme />
    </GraphiQL>
  );
}

/** Has the editors follow the system's change between light and dark, which GraphiQL reads only once. */
function SystemTheme() {
  const theme = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();
  useEffect(() => {
    if (theme) return;
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(null);
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [theme, setTheme]);
  return null;
}

// The pane of GraphiQL that lists the training operations and brings each to its tab.
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useState } from "react";
import type { Training } from "./operations";

/** Whether the pane has room beside the editors; else it lies over them. */
export const isWide = () => window.matchMedia("(min-width: 50rem)").matches;

export function trainingPlugin(trainings: Training[]): GraphiQLPlugin {
  return { title: "Training", icon: Icon, content: () => <List trainings={trainings} /> };
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" width="1em" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M12 5 2 9.5 12 14l10-4.5L12 5Z" strokeLinejoin="round" />
      <path d="M6 11.5V16c0 1.2 2.7 2.5 6 2.5s6-1.3 6-2.5v-4.5M22 9.5V15" strokeLinecap="round" />
    </svg>
  );
}

function List({ trainings }: { trainings: Training[] }) {
  const open = useOpening();
  const active = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.title);
  return (
    <section className="training" aria-label="Training operations">
      <h2>Training</h2>
      <p>Choose one, read its first line, and run it with ▶ or Ctrl-Enter.</p>
      <ol>
        {trainings.map((each) => (
          <li key={each.name}>
            <button type="button" aria-current={each.name === active} onClick={() => open(each)}>
              <strong>{each.title}</strong>
              <span>{each.about}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Goes to the tab of an operation; makes one where it has been closed. */
function useOpening(): (training: Training) => void {
  const tabs = useGraphiQL((state) => state.tabs);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const { addTab, changeTab, setVisiblePlugin } = useGraphiQLActions();
  const [wanted, setWanted] = useState<Training | null>(null);
  useEffect(() => {
    if (!wanted) return;
    queryEditor?.setValue(wanted.query);
    variableEditor?.setValue(wanted.variables);
    setWanted(null);
  }, [wanted, queryEditor, variableEditor]);
  return (training) => {
    if (!isWide()) setVisiblePlugin(null);
    const index = tabs.findIndex(({ title }) => title === training.name);
    if (index >= 0) return changeTab(index);
    addTab();
    return setWanted(training);
  };
}

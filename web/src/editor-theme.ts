// The editors' colours: Monaco's own, with our accent, and darker or lighter where they were too faint to read.
import { useMonaco } from "@graphiql/react";
import { useEffect, useState } from "react";

export const THEME = { light: "cers-light", dark: "cers-dark" };

const LIGHT = { accent: "#1d4e89", soft: "#1d4e8919", paper: "#ffffff", lines: "#44586e", number: "#066043", comment: "#0a6b0a", argument: "#4f4cb0" };
const DARK = { accent: "#8fbcf3", soft: "#8fbcf326", paper: "#181f28", lines: "#a3b0bf", number: "#b9d6ae", comment: "#8cc07a", argument: "#a9a5ff" };

const themeOf = (base: "vs" | "vs-dark", { accent, soft, paper, lines, number, comment, argument }: typeof LIGHT) => ({
  base,
  inherit: true,
  rules: [
    { token: "number", foreground: number },
    { token: "comment", foreground: comment },
    { token: "argument.identifier.gql", foreground: argument },
  ],
  colors: {
    "editor.background": "#ffffff00",
    "scrollbar.shadow": "#ffffff00",
    "editorLineNumber.foreground": lines,
    "editorLineNumber.dimmedForeground": lines,
    "editorLineNumber.activeForeground": accent,
    "textLink.foreground": accent,
    "textLink.activeForeground": accent,
    "editorLink.activeForeground": accent,
    "editorHoverWidget.background": paper,
    "editorSuggestWidget.background": paper,
    "editorSuggestWidget.selectedBackground": soft,
    "editorSuggestWidget.selectedForeground": accent,
    "editorWidget.background": paper,
    "quickInput.background": paper,
    "quickInputList.focusBackground": soft,
    "quickInputList.focusForeground": accent,
    "list.hoverBackground": soft,
    "list.highlightForeground": accent,
    "list.focusHighlightForeground": accent,
    "menu.background": paper,
    "menu.selectionBackground": soft,
    "menu.selectionForeground": accent,
    focusBorder: accent,
  },
});

/** Loads the editor and its themes, as early as the page can; whether they are there. */
export function useEditor(): boolean {
  const monaco = useMonaco((state) => state.monaco);
  const { initialize } = useMonaco((state) => state.actions);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    void initialize();
  }, [initialize]);
  useEffect(() => {
    if (!monaco) return;
    monaco.editor.defineTheme(THEME.light, themeOf("vs", LIGHT));
    monaco.editor.defineTheme(THEME.dark, themeOf("vs-dark", DARK));
    setReady(true);
  }, [monaco]);
  return ready;
}

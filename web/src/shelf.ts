// Where GraphiQL keeps its tabs and history: only as long as the browser's tab, apart for each viewer, since what is
// asked may name students. The theme alone stays.
const THEME = "graphiql:theme";
/** How wide the panes are at first: the plugins' pane and the editor, each to what is beside it. */
const FIRST: Record<string, string> = { "graphiql:docExplorerFlex": "0.27", "graphiql:editorFlex": "1.2" };

export class Shelf {
  constructor(private readonly viewer: string) {}

  get length(): number {
    return this.#keys().length;
  }

  getItem = (name: string): string | null =>
    name === THEME ? localStorage.getItem(name) : (sessionStorage.getItem(this.#key(name)) ?? FIRST[name] ?? null);

  setItem = (name: string, value: string): void =>
    name === THEME ? localStorage.setItem(name, value) : sessionStorage.setItem(this.#key(name), value);

  removeItem = (name: string): void =>
    name === THEME ? localStorage.removeItem(name) : sessionStorage.removeItem(this.#key(name));

  clear = (): void => {
    for (const key of this.#keys()) sessionStorage.removeItem(key);
  };

  #key = (name: string): string => `cers:${this.viewer}:${name}`;
  #keys = (): string[] => Object.keys(sessionStorage).filter((key) => key.startsWith(this.#key("")));
}

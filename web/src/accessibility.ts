// What assistive technology is told wrongly by GraphiQL 5 and its explorer, mended in the page (docs/web.md).

/** Keeps everything under `root` mended, however it changes. */
export function mended(root: HTMLElement): void {
  const mendAll = () => {
    for (const mend of MENDS) mend(root);
  };
  new MutationObserver(mendAll).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: WATCHED });
  mendAll();
}

const WATCHED = ["role", "aria-selected", "class"];
const MENDS: ((root: HTMLElement) => void)[] = [tabs, explorer, history];

/** A tab must not hold another button, so the tabs become a list of buttons. */
function tabs(root: HTMLElement): void {
  for (const list of root.querySelectorAll<HTMLElement>(".graphiql-tabs[role=tablist]")) list.setAttribute("role", "list");
  for (const panel of root.querySelectorAll("#graphiql-session[role=tabpanel]")) panel.setAttribute("role", "region");
  for (const tab of root.querySelectorAll<HTMLElement>(".graphiql-tab")) {
    const active = tab.classList.contains("graphiql-tab-active");
    if (tab.getAttribute("role") === "tab") tab.setAttribute("role", "listitem");
    tab.removeAttribute("aria-selected");
    const button = tab.querySelector(".graphiql-tab-button");
    if (button && button.getAttribute("aria-current") !== String(active)) button.setAttribute("aria-current", String(active));
    const close = tab.querySelector(".graphiql-tab-close");
    const name = `Close ${button?.textContent ?? "tab"}`;
    if (close && close.getAttribute("aria-label") !== name) close.setAttribute("aria-label", name);
  }
}

/** The explorer's fields for arguments have no names. */
function explorer(root: HTMLElement): void {
  for (const field of root.querySelectorAll(".graphiql-explorer-root :is(input, select):not([aria-label])")) {
    field.setAttribute("aria-label", field.closest("[data-arg-name]")?.getAttribute("data-arg-name") ?? "Value");
  }
}

/** A past operation is called "Set active", whatever is written on it. */
function history(root: HTMLElement): void {
  for (const item of root.querySelectorAll(".graphiql-history-item-label[aria-label]")) item.removeAttribute("aria-label");
}

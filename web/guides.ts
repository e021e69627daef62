// Renders docs/ to pages under /guides/, and tells the landing page which there are. Links stay within the guides; what
// they name elsewhere in the repository is shown as text.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Marked, type Tokens } from "marked";
import type { Plugin } from "vite";
import list from "./guides.json" with { type: "json" };

const DOCS = resolve(import.meta.dirname, "../docs");
const MODULE = "virtual:guides";
const FLYER = "lessons/flyer.pdf";

interface Guide {
  page: string;
  name: string;
  title: string;
  about: string;
  text: string;
}

export function guides(): Plugin {
  let dist = "";
  return {
    name: "guides",
    configResolved: (config) => {
      dist = resolve(config.root, config.build.outDir);
    },
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load: (id) => (id === `\0${MODULE}` ? `export const guides = ${JSON.stringify(shown())};` : undefined),
    closeBundle: () => write(dist),
  };
}

/** Every page of docs/, the lessons first. */
function all(): Guide[] {
  const others = pagesIn(".").filter((page) => page !== "index.md");
  return [...pagesIn("lessons"), ...others].map(read);
}

function pagesIn(folder: string): string[] {
  const there = existsSync(join(DOCS, folder)) ? readdirSync(join(DOCS, folder)) : [];
  return there.filter((name) => name.endsWith(".md")).sort().map((name) => join(folder, name));
}

function read(page: string): Guide {
  const text = readFileSync(join(DOCS, page), "utf-8");
  const title = /^# (.+)$/m.exec(text)?.[1] ?? page;
  const paragraph = text.split(/\n\s*\n/).find((part) => !/^[#|`<]/.test(part)) ?? "";
  const plain = paragraph.replaceAll(/\s+/g, " ").replaceAll(/\[([^\]]*)\]\([^)]*\)|[`*]/g, "$1");
  const about = list.guides.find((each) => each.page === page)?.about ?? /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, ".") ?? "";
  return { page, name: nameOf(page), title, about, text };
}

const nameOf = (page: string) => basename(page, ".md").toLowerCase();

function shown() {
  const named = new Map(all().map((guide) => [guide.page, guide]));
  const pages = [...[...named.keys()].filter((page) => page.startsWith("lessons/")), ...list.guides.map(({ page }) => page)];
  return pages.flatMap((page) => {
    const guide = named.get(page);
    return guide ? [{ path: `/guides/${guide.name}`, title: guide.title, about: guide.about }] : [];
  });
}

function write(dist: string): void {
  const template = join(dist, "guide.html");
  if (!existsSync(template)) return;
  const frame = readFileSync(template, "utf-8");
  const folder = join(dist, "guides");
  mkdirSync(folder, { recursive: true });
  const page = (name: string, title: string, content: string) =>
    writeFileSync(join(folder, `${name}.html`), frame.replace("%title%", () => escaped(title)).replace("%content%", () => content));
  const every = all();
  for (const guide of every) page(guide.name, guide.title, rendered(guide, every));
  const rows = every.map(({ name, title, about }) => `<li><a href="/guides/${name}">${escaped(title)}</a>: ${escaped(about)}</li>`);
  page("index", "Guides", `<h1>Guides</h1><ul>${rows.join("")}</ul>`);
  copyFileSync(join(DOCS, FLYER), join(folder, "flyer.pdf"));
  rmSync(template);
}

function rendered(guide: Guide, every: Guide[]): string {
  const here = dirname(join(DOCS, guide.page));
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        return `<h${depth} id="${anchor(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const label = this.parser.parseInline(tokens);
        const target = address(href, here, every);
        return target === null ? label : `<a href="${escaped(target)}">${label}</a>`;
      },
      code({ text }: Tokens.Code) {
        return `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`;
      },
      html({ text }: Tokens.HTML | Tokens.Tag) {
        return escaped(text);
      },
    },
  });
  const html = marked.parse(guide.text, { async: false });
  return html.replaceAll("<table>", '<div class="wide" tabindex="0"><table>').replaceAll("</table>", "</table></div>");
}

/** Where a link leads within the guides or outside; null for what only the repository has. */
function address(href: string, here: string, every: Guide[]): string | null {
  if (/^(https?:|\/|#)/.test(href)) return href.replace(/^http:\/\/127\.0\.0\.1:8000(?=\/|$)/, "") || "/";
  const [path = "", part] = href.split("#");
  const page = relative(DOCS, resolve(here, path));
  if (page === "index.md") return "/guides/";
  if (page === FLYER) return "/guides/flyer.pdf";
  const guide = every.find((each) => each.page === page);
  return guide ? `/guides/${guide.name}${part ? `#${part}` : ""}` : null;
}

/** As GitHub makes it of a heading. */
const anchor = (heading: string) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

// A part of the landing page with its heading, and what is wrong with a form.
import type { ReactNode } from "react";

export function Card({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className="card" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

export function Problem({ text }: { text: string }) {
  return (
    <p role="alert" className="problem" hidden={!text}>
      {text}
    </p>
  );
}

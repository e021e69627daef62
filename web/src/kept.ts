// What this browser remembers: the sandbox session it is in (its secret is in a cookie that no page can read), and the
// room that its trainer opened.
import { useSyncExternalStore } from "react";
import type { Entered, OpenedRoom } from "./sandbox";

export interface Session {
  entered: Entered;
  /** How long it lasts without a question, in minutes. */
  minutes: number;
  /** When it was last asked something, in milliseconds of this machine's clock. */
  askedAt: number;
}

class Kept<Value> {
  #text: string | null;
  #value: Value | null;
  #heard = new Set<() => void>();

  constructor(private readonly name: string) {
    this.#text = localStorage.getItem(name);
    this.#value = this.#read();
    window.addEventListener("storage", (event) => {
      if (event.key === name || event.key === null) this.#changed(localStorage.getItem(name));
    });
  }

  get = (): Value | null => this.#value;

  put(value: Value | null): void {
    const text = value === null ? null : JSON.stringify(value);
    if (text === null) localStorage.removeItem(this.name);
    else localStorage.setItem(this.name, text);
    this.#changed(text);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  };

  #changed(text: string | null): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#value = this.#read();
    for (const listener of this.#heard) listener();
  }

  #read(): Value | null {
    try {
      return this.#text === null ? null : (JSON.parse(this.#text) as Value);
    } catch {
      return null;
    }
  }
}

export const session = new Kept<Session>("cers.session");
export const openedRoom = new Kept<OpenedRoom>("cers.room");

export const useSession = () => useSyncExternalStore(session.subscribe, session.get);
export const useOpenedRoom = () => useSyncExternalStore(openedRoom.subscribe, openedRoom.get);

export function keep(entered: Entered, minutes: number): void {
  const { expiresAt, viewer, room } = entered;
  session.put({ entered: { expiresAt, viewer, room }, minutes, askedAt: Date.now() });
}

/** The session was asked something, which prolongs it. */
export function asked(): void {
  const current = session.get();
  if (current) session.put({ ...current, askedAt: Date.now() });
}

/** The session has ended; who one was is remembered, to enter again. */
export function over(): void {
  const current = session.get();
  if (current) session.put({ ...current, askedAt: 0 });
}

/** Minutes until a session ends if nothing more is asked; 0 when it has ended. */
export function minutesLeft({ minutes, askedAt }: Session, now: number): number {
  return Math.min(minutes, Math.max(0, Math.ceil(minutes - (now - askedAt) / 60_000)));
}

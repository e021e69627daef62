// The bar over GraphiQL: who one is, how long, and what one may do about it.
import { type ReactNode, useState } from "react";
import { ask } from "./ask";
import { useAnswer, useDoing, useNow } from "./asking";
import { Dialog } from "./Dialog";
import { keep, minutesLeft, type Session, session, useOpenedRoom, useSession } from "./kept";
import { Mark } from "./Mark";
import { RoleChooser } from "./RoleChooser";
import { Room, roleTitle } from "./Room";
import { type Choice, enter, facts, joinRoom, leave, Refusal, signOut } from "./sandbox";
import type { Who } from "./who";

const RESET = "mutation ResetSandbox { resetSandbox { errors { message } } }";
type Shown = "role" | "room" | null;

export function SessionBar({ who, onReset }: { who: Who; onReset: () => void }) {
  const current = useSession();
  const opened = useOpenedRoom();
  const [shown, setShown] = useState<Shown>(null);
  const inSandbox = who.sandbox && who.login !== null;
  return (
    <header className="bar">
      <h1 className="unseen">GraphiQL</h1>
      <a className="brand" href="/" aria-label="CERS, to the landing page">
        <Mark /> <span>CERS</span>
      </a>
      <Viewer who={who} current={inSandbox ? current : null} />
      <div className="row actions">
        {inSandbox && (
          <button type="button" onClick={() => setShown("role")}>
            Switch role
          </button>
        )}
        {inSandbox && <Reset inRoom={Boolean(current?.entered.room)} onDone={onReset} />}
        {opened && (
          <button type="button" onClick={() => setShown("room")}>
            Room {opened.code}
          </button>
        )}
        <Out who={who} />
      </div>
      {shown === "role" && <SwitchRole current={current} onClose={() => setShown(null)} />}
      {shown === "room" && opened && (
        <Dialog title="Your training room" onClose={() => setShown(null)}>
          <Room room={opened} />
        </Dialog>
      )}
    </header>
  );
}

function Viewer({ who, current }: { who: Who; current: Session | null }) {
  if (who.login === null) return <p className="viewer">Not signed in: reference data only</p>;
  if (!current) {
    return (
      <p className="viewer">
        <strong>{who.sandbox ? roleTitle(who.role) : (who.displayName ?? who.login)}</strong> <span>{who.tenant}</span>
      </p>
    );
  }
  const { viewer, room } = current.entered;
  return (
    <div className="viewer">
      <strong>{roleTitle(viewer.role)}</strong> <span>{viewer.school?.name ?? viewer.district.name}</span>
      {room && (
        <span className="badge" title={`You joined as ${room.nickname}`}>
          Room {room.name}
        </span>
      )}
      <TimeLeft current={current} />
    </div>
  );
}

function TimeLeft({ current }: { current: Session }) {
  const left = minutesLeft(current, useNow(10));
  return (
    <span className={left <= 5 ? "badge soon" : "badge"} title="How long the session lasts if you ask nothing more">
      {left} min left
    </span>
  );
}

function Reset({ inRoom, onDone }: { inRoom: boolean; onDone: () => void }) {
  const { busy, problem, run } = useDoing();
  const [said, setSaid] = useState("");
  if (inRoom) return <span className="quiet">Your trainer resets the room</span>;
  return (
    <>
      <button
        type="button"
        disabled={busy}
        onClick={() =>
          run(async () => {
            const { data, errors } = await ask<{ resetSandbox: { errors: { message: string }[] } }>({ query: RESET });
            const wrong = errors?.[0] ?? data?.resetSandbox.errors[0];
            setSaid(wrong?.message ?? "Your sandbox is as new");
            if (!wrong) onDone();
          })
        }
      >
        Reset my sandbox
      </button>
      <Said text={problem || said} onGone={() => setSaid("")} />
    </>
  );
}

function Said({ text, onGone }: { text: string; onGone: () => void }): ReactNode {
  return (
    <p role="status" className="toast" hidden={!text} onAnimationEnd={onGone}>
      {text}
    </p>
  );
}

function Out({ who }: { who: Who }) {
  const { run } = useDoing();
  if (who.login === null) {
    return (
      <a className="button" href="/">
        Sign in or enter the sandbox
      </a>
    );
  }
  const out = async () => {
    if (who.sandbox) await leave().catch(() => undefined);
    const answer = await signOut().catch(() => null);
    session.put(null);
    location.assign(answer?.signOutUrl ?? "/");
  };
  return (
    <button type="button" onClick={() => run(out)}>
      {who.sandbox ? "Leave" : "Sign out"}
    </button>
  );
}

export function SwitchRole({ current, onClose }: { current: Session | null; onClose?: () => void }) {
  const { value: known, problem: unknown } = useAnswer(facts);
  const before = current?.entered;
  const [choice, setChoice] = useState<Choice>(() => ({
    role: before?.viewer.role ?? "TEACHER",
    ...(before?.viewer.school && { schoolCds: before.viewer.school.cdsCode }),
  }));
  const { busy, problem, run } = useDoing();
  const [closed, setClosed] = useState(false);
  const room = closed ? null : before?.room;
  const withoutRoom = (error: unknown): never => {
    if (error instanceof Refusal && error.status === 404) setClosed(true);
    throw error;
  };
  return (
    <Dialog title={onClose ? "Switch role" : "Your session has ended"} onClose={onClose ?? (() => location.assign("/"))}>
      {!onClose && <p>Nobody asked anything for a while, so its data is gone. Enter again to go on.</p>}
      {unknown && <p className="problem">{unknown.message}</p>}
      {known && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(async () => {
              if (onClose) await leave().catch(() => undefined);
              const entering = room ? joinRoom(room.code, room.nickname, choice) : enter(choice);
              keep(await entering.catch(withoutRoom), known.sessionMinutes);
              onClose?.();
            });
          }}
        >
          <RoleChooser facts={known} choice={choice} onChange={setChoice} />
          <p className="quiet">
            {room
              ? `You stay in the room ${room.name} as ${room.nickname}.`
              : onClose && "You begin anew: changes you made in this session are gone."}
          </p>
          <button type="submit" className="primary" disabled={busy}>
            Enter
          </button>
          <p role="alert" className="problem" hidden={!problem}>
            {problem}
          </p>
        </form>
      )}
    </Dialog>
  );
}

// Entering the sandbox by a role, and the session one is already in.
import { useDoing, useNow } from "./asking";
import { Problem } from "./Card";
import { keep, minutesLeft, session, useSession } from "./kept";
import { RoleChooser } from "./RoleChooser";
import { roleTitle } from "./Room";
import { type Choice, enter, type Facts, GRAPHIQL, leave } from "./sandbox";

export function Enter({ facts, choice, onChange }: { facts: Facts; choice: Choice; onChange: (choice: Choice) => void }) {
  const { busy, problem, run } = useDoing();
  const title = facts.roles.find(({ role }) => role === choice.role)?.title ?? choice.role;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run(async () => {
          keep(await enter(choice), facts.sessionMinutes);
          location.assign(GRAPHIQL);
        });
      }}
    >
      <RoleChooser facts={facts} choice={choice} onChange={onChange} />
      <button type="submit" className="primary" disabled={busy}>
        Enter as {title}
      </button>
      <p className="quiet">
        {facts.district.name}, school year {facts.schoolYear - 1}–{facts.schoolYear % 100}. Ends after{" "}
        {facts.sessionMinutes} minutes without a question.
      </p>
      <Problem text={problem} />
    </form>
  );
}

export function Current() {
  const current = useSession();
  const now = useNow(20);
  const { run } = useDoing();
  const left = current ? minutesLeft(current, now) : 0;
  if (!current || left === 0) return null;
  const { viewer, room } = current.entered;
  return (
    <section className="current" aria-label="Your session">
      <p>
        You are in the sandbox as <strong>{roleTitle(viewer.role)}</strong> of{" "}
        {viewer.school?.name ?? viewer.district.name}
        {room && `, in the room ${room.name}`} · {left} min left
      </p>
      <div className="row">
        <a className="button" href={GRAPHIQL}>
          Continue
        </a>
        <button
          type="button"
          onClick={() =>
            run(async () => {
              await leave().catch(() => undefined);
              session.put(null);
            })
          }
        >
          Leave
        </button>
      </div>
    </section>
  );
}

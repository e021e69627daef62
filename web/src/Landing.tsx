// The landing page: sign in, or enter the sandbox; training rooms; guides.
import { type ReactNode, useEffect, useState } from "react";
import { guides } from "virtual:guides";
import { useAnswer, useDoing, useNow } from "./asking";
import { keep, minutesLeft, openedRoom, session, useOpenedRoom, useSession } from "./kept";
import { Mark } from "./Mark";
import { RoleChooser } from "./RoleChooser";
import { Room, roleTitle } from "./Room";
import { type Choice, enter, type Entrances, entrances, facts, type Facts, joinRoom, leave, openRoom } from "./sandbox";

const GRAPHIQL = "/graphql";

export function Landing() {
  const doors = useAnswer(entrances);
  return (
    <>
      <header className="top">
        <a className="brand" href="/">
          <Mark /> CERS
        </a>
        <nav aria-label="Site">
          <a href="#guides">Guides</a>
          <a href={GRAPHIQL}>GraphiQL</a>
          <a href="/schema.graphql">Schema</a>
        </nav>
      </header>
      <main>
        <div className="hero">
          <h1>California Educator Reporting System</h1>
          <p>
            Results of state summative and interim assessments, for those who teach: a teacher sees the students of
            the groups assigned to them, an administrator those of the school or district.
          </p>
        </div>
        {doors.problem && <p className="problem">{doors.problem.message}</p>}
        {doors.value && <Choices doors={doors.value} />}
        <Guides />
      </main>
      <footer>
        <p>
          The API is at <code>/graphql</code>; its contract at <a href="/schema.graphql">/schema.graphql</a>.
        </p>
      </footer>
    </>
  );
}

function Choices({ doors }: { doors: Entrances }) {
  const sandbox = useAnswer(doors.sandbox ? facts : noFacts);
  const [choice, setChoice] = useState<Choice>({ role: "TEACHER" });
  return (
    <>
      <Current />
      <div className="choices">
        <div className="column">
          <SignIn doors={doors} />
          {sandbox.value && <Join facts={sandbox.value} first={choice} />}
        </div>
        {doors.sandbox && (
          <div className="column">
            <Card id="sandbox" title="Enter the sandbox">
              <p>No user name, no password. Every student and every result in it is invented, and nothing breaks.</p>
              {sandbox.problem && <p className="problem">{sandbox.problem.message}</p>}
              {sandbox.value && <Enter facts={sandbox.value} choice={choice} onChange={setChoice} />}
            </Card>
            {sandbox.value && <Open facts={sandbox.value} />}
          </div>
        )}
      </div>
    </>
  );
}

const noFacts = async () => undefined;

function Card({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className="card" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

function SignIn({ doors: { signOn } }: { doors: Entrances }) {
  return (
    <Card id="sign-in" title="Sign in">
      {signOn.length > 0 ? (
        <>
          <p>With the account your district gave you. You see the students your roles and groups open.</p>
          <ul className="doors">
            {signOn.map(({ tenant, path }) => (
              <li key={tenant}>
                <a className="button" href={path}>
                  Sign in to {tenant}
                </a>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>
          Nobody signs in here: this server has no tenant with single sign-on. Its operator sets one up; until then the
          sandbox is open to everybody.
        </p>
      )}
    </Card>
  );
}

function Enter({ facts, choice, onChange }: { facts: Facts; choice: Choice; onChange: (choice: Choice) => void }) {
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

function Problem({ text }: { text: string }) {
  return (
    <p role="alert" className="problem" hidden={!text}>
      {text}
    </p>
  );
}

function Current() {
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

function Join({ facts, first }: { facts: Facts; first: Choice }) {
  const { busy, problem, run } = useDoing();
  const [code, setCode] = useState(() => new URLSearchParams(location.search).get("room") ?? "");
  const [nickname, setNickname] = useState("");
  const [role, setRole] = useState(first.role);
  useEffect(() => setRole(first.role), [first.role]);
  return (
    <Card id="join" title="Join a training room">
      <p>Your trainer shows you a code of eight characters.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => {
            const choice = role === first.role ? first : { role };
            keep(await joinRoom(code.replaceAll(/[\s-]/g, ""), nickname.trim(), choice), facts.sessionMinutes);
            location.assign(GRAPHIQL);
          });
        }}
      >
        <div className="pair">
          <label className="field">
            Code
            <input
              className="code-input"
              required
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              minLength={8}
              maxLength={9}
              value={code}
              onChange={({ target }) => setCode(target.value.toUpperCase())}
            />
          </label>
          <label className="field">
            Nickname
            <input
              required
              autoComplete="off"
              maxLength={40}
              value={nickname}
              onChange={({ target }) => setNickname(target.value)}
            />
          </label>
        </div>
        <label className="field">
          Role
          <select value={role} onChange={({ target }) => setRole(target.value)}>
            {facts.roles.map((each) => (
              <option key={each.role} value={each.role}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={busy}>
          Join
        </button>
        <Problem text={problem} />
      </form>
    </Card>
  );
}

function Open({ facts }: { facts: Facts }) {
  const opened = useOpenedRoom();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState("");
  if (opened) {
    return (
      <Card id="open" title="Your training room">
        <Room room={opened} />
      </Card>
    );
  }
  return (
    <Card id="open" title="Open a training room">
      <p>
        For trainers: everybody in a room works on one copy of the sandbox. You see who is there and put it back as it
        was whenever you like. It lasts {facts.roomHours} hours.
      </p>
      <form
        className="line"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => openedRoom.put(await openRoom(name.trim())));
        }}
      >
        <label className="field">
          Name of the room
          <input
            autoComplete="off"
            maxLength={80}
            placeholder="such as Tuesday morning"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </label>
        <button type="submit" disabled={busy}>
          Open a room
        </button>
        <Problem text={problem} />
      </form>
    </Card>
  );
}

function Guides() {
  return (
    <section id="guides" className="guides" aria-labelledby="guides-title">
      <h2 id="guides-title">Guides</h2>
      <ul>
        {guides.map(({ path, title, about }) => (
          <li key={path}>
            <a href={path}>{title}</a>
            <p>{about}</p>
          </li>
        ))}
      </ul>
      <p>
        <a href="/guides/">All guides</a>
      </p>
    </section>
  );
}

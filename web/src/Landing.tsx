// The landing page: sign in, or enter the sandbox; training rooms; guides.
import { useState } from "react";
import { guides } from "virtual:guides";
import { useAnswer } from "./asking";
import { Card } from "./Card";
import { Current, Enter } from "./Enter";
import { Mark } from "./Mark";
import { Join, Open } from "./Rooms";
import { type Choice, type Entrances, entrances, facts, GRAPHIQL } from "./sandbox";

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

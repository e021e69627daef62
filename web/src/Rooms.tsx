// Joining a training room, and opening one.
import { useEffect, useState } from "react";
import { useDoing } from "./asking";
import { Card, Problem } from "./Card";
import { keep, openedRoom, useOpenedRoom } from "./kept";
import { Room } from "./Room";
import { type Choice, type Facts, GRAPHIQL, joinRoom, openRoom } from "./sandbox";

export function Join({ facts, first }: { facts: Facts; first: Choice }) {
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

export function Open({ facts }: { facts: Facts }) {
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

// The room that a trainer opened: the code to show large, who is in it, and what the trainer may do.
import { useCallback, useEffect, useState } from "react";
import { told, useDoing } from "./asking";
import { openedRoom } from "./kept";
import { closeRoom, type OpenedRoom, type Participant, Refusal, resetRoom, roomState, type RoomState } from "./sandbox";

const EVERY = 5_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
export const atTime = (moment: string) => clock.format(new Date(moment));
export const roleTitle = (role: string) =>
  role.charAt(0) + role.slice(1).toLowerCase().replaceAll("_", " ");

export function Room({ room }: { room: OpenedRoom }) {
  const { code, trainerToken } = room;
  const [state, setState] = useState<RoomState>();
  const [lost, setLost] = useState("");
  const [said, setSaid] = useState("");
  const { busy, problem, run } = useDoing();

  const refresh = useCallback(
    () =>
      roomState(code, trainerToken).then(
        (fresh) => {
          setState(fresh);
          setLost("");
        },
        (error: unknown) =>
          setLost(error instanceof Refusal && error.status === 404 ? "This room is closed or has expired." : told(error)),
      ),
    [code, trainerToken],
  );
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => document.hidden || void refresh(), EVERY);
    return () => clearInterval(timer);
  }, [refresh]);

  return (
    <section className="room" aria-label={`Training room ${room.name}`}>
      <div className="room-code">
        <p>{room.name}</p>
        <p className="code">
          {code.slice(0, 4)} {code.slice(4)}
        </p>
        <p className="quiet">
          Join at {location.host} with this code · until {atTime(room.expiresAt)}
        </p>
      </div>
      <Participants of={state?.participants} />
      <div className="row">
        <button
          type="button"
          disabled={busy}
          onClick={() =>
            run(async () => {
              setState(await resetRoom(code, trainerToken));
              setSaid("The room's data is as new.");
            })
          }
        >
          Reset the room
        </button>
        <button
          type="button"
          className="grave"
          disabled={busy}
          onClick={() =>
            run(async () => {
              if (!confirm("Close the room? Everybody in it is sent out, and their changes are gone.")) return;
              if (!lost) await closeRoom(code, trainerToken);
              openedRoom.put(null);
            })
          }
        >
          {lost ? "Forget the room" : "Close the room"}
        </button>
      </div>
      <p role="status" className={problem || lost ? "problem" : "quiet"}>
        {problem || lost || said || (state?.resetAt ? `Reset at ${atTime(state.resetAt)}.` : "")}
      </p>
    </section>
  );
}

function Participants({ of }: { of: Participant[] | undefined }) {
  if (!of?.length) return <p className="quiet">{of ? "Nobody has joined yet." : "Looking who is here…"}</p>;
  return (
    <table className="participants">
      <caption>
        {of.length} {of.length === 1 ? "participant" : "participants"}
      </caption>
      <thead>
        <tr>
          <th scope="col">Nickname</th>
          <th scope="col">Role</th>
          <th scope="col">Last seen</th>
        </tr>
      </thead>
      <tbody>
        {of.map((each) => (
          <tr key={`${each.nickname} ${each.joinedAt}`}>
            <td>{each.nickname}</td>
            <td>{roleTitle(each.role)}</td>
            <td>{atTime(each.lastSeenAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

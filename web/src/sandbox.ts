// What the pages ask of the sandbox over HTTP; what is wrong comes as a Refusal.

export interface Place {
  cdsCode: string;
  name: string;
}
export interface Educator {
  login: string;
  displayName: string;
  groups: number;
}
export interface Role {
  role: string;
  title: string;
  description: string;
  level: "SCHOOL" | "DISTRICT";
}
export interface Facts {
  schoolYear: number;
  sessionMinutes: number;
  roomHours: number;
  roles: Role[];
  district: Place;
  schools: (Place & { educators: Educator[] })[];
}
export interface Choice {
  role: string;
  schoolCds?: string;
  educator?: string;
}
export interface Membership {
  code: string;
  name: string;
  nickname: string;
  expiresAt: string;
}
export interface Entered {
  expiresAt: string;
  viewer: { login: string; role: string; school: Place | null; district: Place };
  room: Membership | null;
}
export interface OpenedRoom {
  code: string;
  trainerToken: string;
  name: string;
  expiresAt: string;
}
export interface Participant {
  nickname: string;
  role: string;
  school: Place | string | null;
  joinedAt: string;
  lastSeenAt: string;
}
export interface RoomState {
  code: string;
  name: string;
  expiresAt: string;
  resetAt: string | null;
  participants: Participant[];
}
export interface Entrances {
  sandbox: boolean;
  signOn: { tenant: string; path: string }[];
}

export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Where one works once one has entered. */
export const GRAPHIQL = "/graphql";
export const OURS = { "X-CERS-CSRF": "1" };

async function call<Answer>(method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : { ...OURS };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) }).catch(() => {
    throw new Refusal("The server cannot be reached.", 0, "UNAVAILABLE");
  });
  if (response.status === 204) return undefined as Answer;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer as Answer;
  const problem = answer.errors?.[0];
  const wait = response.headers.get("retry-after");
  const message = problem?.message ?? `The server answered ${response.status}.`;
  const told = wait ? `${message} Try again in ${wait} s.` : message;
  throw new Refusal(told, response.status, problem?.extensions?.code ?? "INTERNAL");
}

const room = (code: string) => `/sandbox/rooms/${encodeURIComponent(code.trim().toUpperCase())}`;

export const entrances = () => call<Entrances>("GET", "/entrances");
export const facts = () => call<Facts>("GET", "/sandbox");
export const enter = (choice: Choice) => call<Entered>("POST", "/sandbox/sessions", choice);
export const leave = () => call<void>("DELETE", "/sandbox/sessions");
export const openRoom = (name: string) => call<OpenedRoom>("POST", "/sandbox/rooms", name ? { name } : {});
export const joinRoom = (code: string, nickname: string, choice: Choice) =>
  call<Entered>("POST", `${room(code)}/sessions`, { ...choice, nickname });
export const roomState = (code: string, token: string) => call<RoomState>("GET", room(code), undefined, token);
export const resetRoom = (code: string, token: string) => call<RoomState>("POST", `${room(code)}/reset`, {}, token);
export const closeRoom = (code: string, token: string) => call<void>("DELETE", room(code), undefined, token);
export const signOut = () => call<{ signOutUrl: string | null }>("POST", "/sign-out", {});

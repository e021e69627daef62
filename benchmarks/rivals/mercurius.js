// Mercurius with graphql-jit over the measured world: `node mercurius.js <port> <database URL>`.
// One statement per level of a page: to-one rows are joined, to-many rows come from a loader for all parents at once.
import Fastify from "fastify";
import mercurius from "mercurius";
import { Pool, types } from "pg";

const [port, database] = process.argv.slice(2);
types.setTypeParser(types.builtins.DATE, (day) => day);
const pool = new Pool({ connectionString: database, max: 8, options: "-c jit=off" });

const schema = `
  type Query {
    group(district: ID!, id: ID!): Group
    student(ssid: String!): Student
    school(code: String!): School
  }
  type Group { id: ID! name: String! students: [Student!]! }
  type Student {
    id: ID! ssid: String! firstName: String lastName: String birthday: String school: School
    results(schoolYear: Int): [Result!]!
    latestResult(subject: String!): Result
  }
  type School { name: String! students(elas: String, first: Int!): StudentPage! }
  type StudentPage { totalCount: Int! nodes: [Student!]! }
  type Result {
    id: ID! schoolYear: Int! completedAt: String! manner: String completeness: String!
    assessment: Assessment! school: School! score: Score subScores: [SubScore!]!
  }
  type Assessment { label: String! kind: String! grade: String! subject: Subject! }
  type Subject { code: String! }
  type Score { value: Int! standardError: Float band: Band level: Level }
  type Band { low: Int! high: Int! }
  type Level { number: Int! label: String! }
  type SubScore { code: String! level: Level }
`;

const STUDENT = "s.id, s.ssid, s.first_name, s.last_name, s.birthday, h.id AS school_id, h.name AS school_name";
const RESULT = `r.district_id, r.id, r.student_id, r.school_year, r.completed_at, r.manner, r.completeness,
  r.scale_score, r.standard_error, r.level, v.label AS level_label, c.name AS school_name,
  a.label, a.kind, a.grade, b.code AS subject
  FROM result r
  JOIN assessment a ON a.id = r.assessment_id
  JOIN subject b ON b.id = a.subject_id
  JOIN school c ON c.id = r.school_id
  LEFT JOIN level v ON v.label_set_id = a.label_set_id AND v.number = r.level`;

const STATEMENTS = {
  group: "SELECT district_id, id, name FROM student_group WHERE district_id = $1 AND id = $2",
  student: `SELECT ${STUDENT} FROM student s LEFT JOIN school h ON h.id = s.current_school_id WHERE s.ssid = $1`,
  school: "SELECT id, name FROM school WHERE natural_id = $1",
  members: `SELECT m.group_id, ${STUDENT} FROM unnest($1::bigint[], $2::bigint[]) AS k (district_id, group_id)
    JOIN group_member m ON m.district_id = k.district_id AND m.group_id = k.group_id
    JOIN student s ON s.id = m.student_id LEFT JOIN school h ON h.id = s.current_school_id
    ORDER BY s.sort_key, s.id`,
  results: `SELECT ${RESULT} WHERE r.student_id = ANY ($1) ORDER BY r.completed_at DESC, r.id DESC`,
  resultsOfYear: `SELECT ${RESULT} WHERE r.student_id = ANY ($1) AND r.school_year = $2
    ORDER BY r.completed_at DESC, r.id DESC`,
  latestResults: `SELECT ${RESULT} JOIN (
      SELECT DISTINCT ON (l.student_id, l.subject_id) l.district_id, l.id FROM result l
      WHERE l.student_id = ANY ($1) AND l.subject_id IN (SELECT id FROM subject WHERE code = ANY ($2))
      ORDER BY l.student_id, l.subject_id, l.completed_at DESC, l.id
    ) AS latest ON latest.district_id = r.district_id AND latest.id = r.id`,
  subScores: `SELECT x.result_id, d.code, x.level, v.label AS level_label
    FROM unnest($1::bigint[], $2::bigint[]) AS k (district_id, result_id)
    JOIN sub_score x ON x.district_id = k.district_id AND x.result_id = k.result_id
    JOIN sub_score_definition d ON d.id = x.definition_id
    LEFT JOIN level v ON v.label_set_id = d.label_set_id AND v.number = x.level
    ORDER BY x.definition_id`,
  students: `SELECT ${STUDENT} FROM student s LEFT JOIN school h ON h.id = s.current_school_id
    WHERE s.current_school_id = $1 AND s.elas = $2 ORDER BY s.sort_key, s.id LIMIT $3`,
  total: "SELECT count(*)::integer AS total FROM student WHERE current_school_id = $1 AND elas = $2",
};

async function rows(name, values) {
  return (await pool.query({ name, text: STATEMENTS[name], values })).rows;
}

function studentOf(row) {
  return {
    id: row.id, ssid: row.ssid, firstName: row.first_name, lastName: row.last_name, birthday: row.birthday,
    school: row.school_id === null ? null : { id: row.school_id, name: row.school_name },
  };
}

function levelOf(row) {
  return row.level === null ? null : { number: row.level, label: row.level_label };
}

// Python rounds halves to even, Math.round does not.
function rounded(value) {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 ? whole - 1 : whole;
}

function resultOf(row) {
  const { scale_score: value, standard_error: error } = row;
  const band = error === null ? null : { low: rounded(value - error), high: rounded(value + error) };
  return {
    id: row.id, districtId: row.district_id, schoolYear: row.school_year, completedAt: row.completed_at.toISOString(),
    manner: row.manner, completeness: row.completeness,
    assessment: { label: row.label, kind: row.kind, grade: row.grade, subject: { code: row.subject } },
    school: { name: row.school_name },
    score: value === null ? null : { value, standardError: error, band, level: levelOf(row) },
  };
}

function under(parents, found, key, made) {
  const lists = new Map(parents.map((parent) => [parent.id, []]));
  for (const row of found) lists.get(row[key]).push(made(row));
  return parents.map((parent) => lists.get(parent.id));
}

const resolvers = {
  Query: {
    async group(_root, { district, id }) {
      const [row] = await rows("group", [district, id]);
      return row && { id: row.id, districtId: row.district_id, name: row.name };
    },
    async student(_root, { ssid }) {
      const [row] = await rows("student", [ssid]);
      return row && studentOf(row);
    },
    async school(_root, { code }) {
      return (await rows("school", [code]))[0];
    },
  },
  School: {
    students: (school, { elas, first }) => ({ schoolId: school.id, elas, first }),
  },
  StudentPage: {
    nodes: async ({ schoolId, elas, first }) => (await rows("students", [schoolId, elas, first])).map(studentOf),
    totalCount: async ({ schoolId, elas }) => (await rows("total", [schoolId, elas]))[0].total,
  },
};

const loaders = {
  Group: {
    async students(asked) {
      const groups = asked.map(({ obj }) => obj);
      const found = await rows("members", [groups.map((g) => g.districtId), groups.map((g) => g.id)]);
      return under(groups, found, "group_id", studentOf);
    },
  },
  Student: {
    async results(asked) {
      const students = asked.map(({ obj }) => obj);
      const { schoolYear } = asked[0].params;
      const ids = students.map((student) => student.id);
      const found = schoolYear
        ? await rows("resultsOfYear", [ids, schoolYear])
        : await rows("results", [ids]);
      return under(students, found, "student_id", resultOf);
    },
    async latestResult(asked) {
      const ids = new Set(asked.map(({ obj }) => obj.id));
      const subjects = new Set(asked.map(({ params }) => params.subject));
      const answers = new Map([...subjects].map((subject) => [subject, new Map()]));
      for (const row of await rows("latestResults", [[...ids], [...subjects]])) {
        answers.get(row.subject).set(row.student_id, resultOf(row));
      }
      return asked.map(({ obj, params }) => answers.get(params.subject).get(obj.id) ?? null);
    },
  },
  Result: {
    async subScores(asked) {
      const results = asked.map(({ obj }) => obj);
      const found = await rows("subScores", [results.map((r) => r.districtId), results.map((r) => r.id)]);
      return under(results, found, "result_id", (row) => ({ code: row.code, level: levelOf(row) }));
    },
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false, cache: true });
await app.listen({ port: Number(port), host: "127.0.0.1" });

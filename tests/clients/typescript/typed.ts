// The screens of a front end with the types that graphql-codegen makes of them; prints what it read, as JSON.
import { graphql } from "./generated/gql.js";
import { ask } from "./server.js";

const Groups = graphql(`
  query Groups {
    groups(first: 1, filter: { subject: { eq: "ELA" } }) {
      nodes {
        id
        name
        studentCount
      }
    }
  }
`);

const GroupPage = graphql(`
  query GroupPage($id: ID!, $year: SchoolYear!) {
    node(id: $id) {
      __typename
      ... on Group {
        name
        school {
          naturalId
        }
        students(first: 200) {
          totalCount
          nodes {
            id
            ssid
            lastName
            results(first: 10, filter: { schoolYear: { eq: $year } }) {
              nodes {
                assessment {
                  label
                }
                score {
                  value
                  band {
                    low
                    high
                  }
                  level {
                    label
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`);

const StudentHistory = graphql(`
  query StudentHistory($ssid: SSID!) {
    student(ssid: $ssid) {
      firstName
      results(first: 200, orderBy: { field: COMPLETED_AT, direction: ASC }) {
        nodes {
          completedAt
          schoolYear
          subScores {
            name
            level {
              number
            }
          }
        }
      }
    }
  }
`);

const SchoolPage = graphql(`
  query SchoolPage($cdsCode: CDSCode!) {
    school(cdsCode: $cdsCode) {
      name
      district {
        name
      }
      groups(first: 200) {
        totalCount
        nodes {
          name
          subject {
            code
          }
        }
      }
    }
  }
`);

const Report = graphql(`
  query Report($input: AggregateReportInput!) {
    aggregateReport(input: $input) {
      estimatedRows
      rows {
        nodes {
          organization {
            __typename
            name
          }
          summary {
            studentsTested
            meanScore
            levels {
              percent
            }
          }
        }
      }
    }
  }
`);

const MakeGroup = graphql(`
  mutation MakeGroup($input: CustomGroupInput!) {
    createCustomGroup(input: $input) {
      group {
        id
        kind
        studentCount
      }
      errors {
        code
        element
        message
      }
    }
  }
`);

const group = (await ask(Groups, {})).groups?.nodes[0];
if (!group) throw new Error("no group");
const { node } = await ask(GroupPage, { id: group.id, year: 2026 });
if (node?.__typename !== "Group") throw new Error("no group page");
const students = node.students.nodes;
const scores: number[] = students.flatMap(({ results }) => results.nodes.flatMap(({ score }) => score?.value ?? []));
const history = (await ask(StudentHistory, { ssid: students[0]?.ssid ?? "" })).student;
const cdsCode: string = node.school?.naturalId ?? "";
const { school } = await ask(SchoolPage, { cdsCode });
const report = await ask(Report, {
  input: {
    schoolYears: [2026],
    subjects: ["ELA"],
    assessmentKind: "SUMMATIVE",
    grades: ["03", "05"],
    organizations: { schools: [cdsCode] },
  },
});
const input = { name: "Reading circle", studentIds: students.slice(0, 3).map(({ id }) => id) };
const { createCustomGroup } = await ask(MakeGroup, { input });

console.log(
  JSON.stringify({
    group: group.name,
    studentCount: group.studentCount,
    students: students.length,
    highest: Math.max(...scores),
    results: history?.results.nodes.length,
    groups: school?.groups.totalCount,
    tested: report.aggregateReport.rows.nodes.map(({ summary }) => summary.studentsTested),
    made: createCustomGroup.group?.studentCount,
    errors: createCustomGroup.errors,
  }),
);

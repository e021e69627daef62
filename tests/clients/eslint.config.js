// @graphql-eslint over the committed SDL: all rules of "recommended" and "relay", with every exception and its reason.
import graphql from "@graphql-eslint/eslint-plugin";

// Values: they are read with the row they belong to, have no identity of their own and cannot be asked for by one.
const VALUES_OF = {
  theViewer: ["Viewer", "Tenant", "Grant", "PermissionScope", "FieldRule", "Unreleased"],
  explanations: ["Explanation", "ExplanationStep"],
  programs: ["Program", "Subject", "Level", "SubScoreDefinition", "Target", "RubricPoint"], // known by their codes, which loading may add to
  results: ["Score", "ScoreBand", "SubScore", "SubScoreValue", "TraitScore", "TargetScore", "ItemResponse", "Demographics"],
  reports: ["AggregateReport", "AggregateRow", "Coverage", "Summary", "LevelCount", "SubgroupValue"],
  states: ["State", "Availability", "AvailabilityChange"], // known by district, program and school year
  groups: ["Educator", "ImportedGroup"],
  theLog: ["DisclosedStudent"], // who it is and no more; `studentId` is the id of the Student
  changes: ["UserError"],
  pages: ["PageInfo"],
};

// Rows without identity, as above, that come in pages.
const PAGES_OF_VALUES = ["AggregateRowEdge", "AvailabilityEdge", "DisclosedStudentEdge"];

// The SDL is generated, so it cannot hold eslint's own comments.
const exceptThoseEdges = {
  preprocess(text) {
    exceptThoseEdges.lines = text.split("\n");
    return [text];
  },
  postprocess([messages]) {
    const excepted = PAGES_OF_VALUES.map((name) => `type ${name} {`);
    const isExcepted = ({ ruleId, message, line }) =>
      ruleId === "@graphql-eslint/relay-edge-types" &&
      message.includes("must implement `Node`") &&
      excepted.includes(exceptThoseEdges.lines[line - 1]);
    return messages.filter((message) => !isExcepted(message));
  },
};

export default [
  {
    files: ["**/*.graphql"],
    processor: exceptThoseEdges,
    languageOptions: {
      parser: graphql.parser,
      parserOptions: {
        graphQLConfig: { schema: new URL("../../schema/schema.graphql", import.meta.url).pathname },
      },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: Object.values(VALUES_OF).flat(), suffixes: ["Connection", "Edge", "Payload"] } },
      ],
      // Lists go forward from a keyset cursor; there is no `last` and `before`.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // `nodes` beside `edges`, and short closed lists (levels, sub-scores, grants) that need no pages.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
    },
  },
];

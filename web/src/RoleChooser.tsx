// Who to be: a role, and where wanted its school and educator.
import { useId } from "react";
import type { Choice, Facts } from "./sandbox";

interface Props {
  facts: Facts;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

export function RoleChooser({ facts, choice, onChange }: Props) {
  const name = useId();
  const role = facts.roles.find((each) => each.role === choice.role);
  return (
    <>
      <fieldset className="roles">
        <legend>Enter as</legend>
        {facts.roles.map((each) => (
          <label key={each.role} className="role">
            <input
              type="radio"
              name={name}
              value={each.role}
              checked={each.role === choice.role}
              onChange={() => onChange({ role: each.role })}
            />
            <span className="role-title">{each.title}</span>
            <span className="role-description">{each.description}</span>
          </label>
        ))}
      </fieldset>
      {role?.level === "SCHOOL" && <PlaceChooser facts={facts} choice={choice} onChange={onChange} />}
    </>
  );
}

function PlaceChooser({ facts, choice, onChange }: Props) {
  const educators = facts.schools.find((each) => each.cdsCode === choice.schoolCds)?.educators ?? [];
  return (
    <div className="pair">
      <label className="field">
        School
        <select
          value={choice.schoolCds ?? ""}
          onChange={({ target }) => onChange({ role: choice.role, ...(target.value && { schoolCds: target.value }) })}
        >
          <option value="">Any school</option>
          {facts.schools.map((each) => (
            <option key={each.cdsCode} value={each.cdsCode}>
              {each.name}
            </option>
          ))}
        </select>
      </label>
      {choice.role === "TEACHER" && (
        <label className="field">
          Educator
          <select
            value={choice.educator ?? ""}
            disabled={!choice.schoolCds}
            onChange={({ target }) => {
              const { educator: _, ...place } = choice;
              onChange(target.value ? { ...place, educator: target.value } : place);
            }}
          >
            <option value="">{choice.schoolCds ? "Whoever has most groups" : "Choose a school first"}</option>
            {educators.map((each) => (
              <option key={each.login} value={each.login}>
                {each.displayName} · {each.groups} {each.groups === 1 ? "group" : "groups"}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

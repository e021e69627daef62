-- What PostGraphile users add to their tables: computed columns, written so that PostgreSQL inlines them.
create or replace function student_group_students(g student_group) returns setof student language sql stable as $$
  select s.* from group_member m join student s on s.id = m.student_id
  where m.district_id = g.district_id and m.group_id = g.id
  order by s.sort_key, s.id
$$;
create or replace function result_band_low(r result) returns integer language sql stable as $$
  select round(r.scale_score - r.standard_error)::integer
$$;
create or replace function result_band_high(r result) returns integer language sql stable as $$
  select round(r.scale_score + r.standard_error)::integer
$$;

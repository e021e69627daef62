// The guides that the landing page names; scripts/guides renders them.
export interface Guide {
  path: string;
  title: string;
  about: string;
}

export const guides: Guide[] = [];

// What the build tells of the guides it renders (guides.ts beside vite.config.ts).
declare module "virtual:guides" {
  export const guides: { path: string; title: string; about: string }[];
}

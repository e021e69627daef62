// Entry of the GraphiQL page.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";
import "./graphiql.css";
import { createRoot } from "react-dom/client";
import { mended } from "./accessibility";
import { Workbench } from "./Workbench";

const page = document.getElementById("page") as HTMLElement;
mended(document.body);
createRoot(page).render(<Workbench />);

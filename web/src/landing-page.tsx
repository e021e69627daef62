// Entry of the landing page.
import { createRoot } from "react-dom/client";
import { Landing } from "./Landing";
import "./style.css";
import "./landing.css";

createRoot(document.getElementById("page") as HTMLElement).render(<Landing />);

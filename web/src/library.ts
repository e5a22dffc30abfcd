// What is built for React: the library, and its style as a file beside it.
export * from "./index";

import "./style/index.css";

// The entry of the build for React: the library, with its style sheet as a separate file.
export * from "./index";

import "./style/index.css";

// The stock GraphiQL, asking the server that it comes from.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const url = new URL("/graphql", location.href);
const fetcher = createGraphiQLFetcher({ url: url.href, subscriptionUrl: url.href.replace(/^http/, "ws") });
createRoot(document.getElementById("graphiql")).render(createElement(GraphiQL, { fetcher, defaultQuery: "{\n  actors(first: 5) {\n    nodes { id name }\n  }\n}\n" }));

// Builds into a folder that the program takes up when it is there, and that Git ignores.
export default { base: "/graphiql/", build: { outDir: "../playground/graphiql", emptyOutDir: true, chunkSizeWarningLimit: 10_000 } };

/** In place of the page, when the address of the development server is unknown. */
export function NoServer() {
  return (
    <main className="no-server">
      <h1>No development server</h1>
      <p>
        This page was served without a <code>config.json</code> that names one. Start both by <code>npm start</code>.
      </p>
    </main>
  );
}

/** In place of the page, when it was served without the address of a development server. */
export function NoServer() {
  return (
    <main className="no-server">
      <h1>No development server</h1>
      <p>
        This page was served without a <code>config.json</code> that names one. Start both with <code>npm start</code>.
      </p>
    </main>
  );
}

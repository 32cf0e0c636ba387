/** In place of the page, when nobody said where the development server is. */
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

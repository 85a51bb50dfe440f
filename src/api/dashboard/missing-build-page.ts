/** What `/dashboard` shows until it is built. It looks again by itself (the `refresh` header). */
export function missingBuildPage(): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Octavia dashboard</title></head>
<body>
<h1>The dashboard is not built yet</h1>
<p><code>./octavia up</code> builds it when it starts for the first time, which takes a minute; this page looks again every few seconds.</p>
<p>If it stays like this, the npm packages of the dashboard could not be installed. Build it where a package registry can be reached:</p>
<pre>./octavia dashboard build</pre>
<p>The REST API and the <code>openstack</code> client work without it.</p>
</body>
</html>
`;
}

"""The embedded local model: real answers on a machine without an API key.

`weights` fetches and checks the model's file, `server` answers for it as an OpenAI-compatible
provider on loopback. Importing this package, or `weights`, loads nothing that is heavy.

    from workbench.embedded import server, weights

    model = weights.pull(folder)
    with server.start(model, log=folder / "server.log") as local:
        client = openai.OpenAI(base_url=local.base_url, api_key="none")
"""

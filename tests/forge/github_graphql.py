"""The two questions that GitHub's command-line program asks by GraphQL when it works with releases: what has this tag, drafts included, and which releases are there."""

from forge.github_state import Refusal, shown


def answer_graphql(forge, call):
    content = call.content or {}
    known = {"query RepositoryReleaseByTag(": by_tag, "query RepositoryReleaseList(": listed}
    for words, answer in known.items():
        if str(content.get("query", "")).startswith(words):
            wanted = content["variables"]
            name = f"{wanted['owner']}/{wanted['name']}"
            if call.token is None or name not in forge.models:
                raise Refusal(404)
            seen = [one for one in forge.models[name]["releases"] if (not one.draft or forge.can_push(call.token)) and forge.is_seen(one.id)]
            return 200, {"data": {"repository": answer(forge, name, seen, wanted)}}, {}
    forge.violations.append(f"GraphQL: {content.get('query')} is not known here")
    return 200, {"errors": [{"message": "not known here"}]}, {}


def by_tag(_forge, _name, seen, wanted):
    found = [one for one in seen if one.tag == wanted["tagName"]]
    return {"release": {"databaseId": found[0].id, "isDraft": found[0].draft} if found else None}


def listed(forge, name, seen, wanted):
    """`after` is the number of those that were given already."""
    seen.sort(key=lambda one: (one.when, one.id), reverse=True)
    begin = int(wanted["endCursor"] or 0)
    end = begin + wanted["perPage"]
    nodes = [
        {"name": one.name, "tagName": one.tag, "isDraft": one.draft, "isLatest": one is forge.latest_of(name), "isPrerelease": one.prerelease, "createdAt": shown(one.when),
         "publishedAt": shown(one.published)}
        for one in seen[begin:end]
    ]  # fmt: skip
    return {"releases": {"nodes": nodes, "pageInfo": {"hasNextPage": end < len(seen), "endCursor": str(end)}}}

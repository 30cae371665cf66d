#include "cli/how.h"

#include "base/text.h"
#include "project/bump.h"

#include <stdio.h>

#define SUBJECT_WIDTH 70

const char *const how_words[] = {"patch", "minor", "major", "auto", NULL};

bool how_is_version(const char *text, GError **error) {
    GError *problem = NULL;
    g_autoptr(Version) version = version_parse(text, &problem);
    if (version != NULL)
        return true;
    g_autoptr(Version) bare = *text == 'v' || *text == 'V' ? version_parse(text + 1, NULL) : NULL;
    if (bare != NULL) {
        error_why(&problem, "the v belongs to the name of a tag; which tag a version gets, git.tag says");
        error_fix(&problem, "leave out the v: %s", text + 1);
    }
    g_propagate_error(error, problem);
    return false;
}

bool how_read(const How *how, char **args, Wish *wish, GError **error) {
    const char *given[9] = {0};
    guint count = 0;
    const gboolean flags[] = {how->patch, how->minor, how->major, how->is_auto};
    for (guint i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (flags[i])
            given[count++] = how_words[i];
    }
    if (how->set != NULL)
        given[count++] = how->set;
    for (guint i = 0; args[i] != NULL && count < 8; i++)
        given[count++] = args[i];
    *wish = (Wish){.how = given[0], .pre = how->pre};
    if (count > 1)
        return error_set(error, ERROR_USAGE, "one version is wanted, not both %s and %s", given[0], given[1]);
    if (how->set != NULL && !how_is_version(how->set, error))
        return false;
    if (count == 1 || how->pre == NULL)
        return true;
    error_set(error, ERROR_USAGE, "a pre-release of which version? --pre goes with patch, minor, major, auto or X.Y.Z");
    error_fix(error, "slipway version minor --pre %s", how->pre);
    return false;
}

bool how_required(const How *how, char **args, const char *command, Wish *wish, GError **error) {
    GError *problem = NULL;
    if (how_read(how, args, wish, &problem) && wish->how == NULL)
        error_set(&problem, ERROR_USAGE, "which version? patch, minor, major, auto or X.Y.Z");
    if (problem == NULL)
        return true;
    if (error_is(problem, ERROR_USAGE))
        error_fix(&problem, "slipway %s minor", command);
    g_propagate_error(error, problem);
    return false;
}

/* ---- explaining ---- */

static json_t *answer_json(const World *world, const BumpAnswer *answer) {
    json_t *commits = json_array();
    for (guint i = 0; i < answer->reasons->len; i++) {
        const BumpReason *reason = &g_array_index(answer->reasons, BumpReason, i);
        json_array_append_new(commits, json_pack("{s: s, s: o, s: s, s: s}", "commit", reason->commit->id, "subject", jsonx_text(reason->commit->said->subject),
                                                 "asks", bump_name(reason->asks), "why", reason->why));
    }
    g_autofree char *version = answer->version != NULL ? version_to_string(answer->version) : NULL;
    g_autoptr(GPtrArray) strange = world_strange_tags(world);
    json_t *tags = json_array();
    for (guint i = 0; i < strange->len; i++)
        json_array_append_new(tags, jsonx_text(g_ptr_array_index(strange, i)));
    return json_pack("{s: i, s: s?, s: s?, s: s, s: s?, s: o, s: o}", "schema", 1, "since", answer->base, "version", version, "bump", bump_name(answer->bump),
                     "because", answer->because, "commits", commits, "tags_that_name_no_version", tags);
}

static void print_reason(const BumpReason *reason) {
    g_autofree char *subject = text_escape(reason->commit->said->subject, -1, false);
    g_autofree char *cut = g_utf8_strlen(subject, -1) > SUBJECT_WIDTH ? g_utf8_substring(subject, 0, SUBJECT_WIDTH - 1) : NULL;
    printf("  %-5s  %.8s  %s%s  (%s)\n", reason->asks == BUMP_NONE ? "-" : bump_name(reason->asks), reason->commit->id, cut != NULL ? cut : subject,
           cut != NULL ? "…" : "", reason->why);
}

static void print_strange(const World *world) {
    g_autoptr(GPtrArray) strange = world_strange_tags(world);
    for (guint i = 0; i < strange->len; i++) {
        g_autofree char *tag = text_escape(g_ptr_array_index(strange, i), -1, false);
        printf("%s%s", i == 0 ? "tags that name no version and are left out: " : ", ", tag);
    }
    if (strange->len > 0)
        putchar('\n');
}

static void print_answer(const World *world, const BumpAnswer *answer) {
    guint asking = 0;
    for (guint i = 0; i < answer->reasons->len; i++) {
        const BumpReason *reason = &g_array_index(answer->reasons, BumpReason, i);
        print_reason(reason);
        asking += reason->asks != BUMP_NONE ? 1 : 0;
    }
    printf("%s%u of %u commits %s%s ask for a release\n", answer->reasons->len > 0 ? "\n" : "", asking, answer->reasons->len,
           answer->base != NULL ? "since " : "since the first", answer->base != NULL ? answer->base : "");
    print_strange(world);
    g_autofree char *version = answer->version != NULL ? version_to_string(answer->version) : NULL;
    if (version != NULL)
        printf("%s: %s\n", version, answer->because);
    else
        puts("nothing to release");
}

bool how_explain(const World *world, const Wish *wish, bool json, GError **error) {
    g_autoptr(BumpAnswer) answer = bump_decide(world, wish->pre, error);
    if (answer == NULL)
        return false;
    if (json) {
        g_autoptr(json_t) document = answer_json(world, answer);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
    } else
        print_answer(world, answer);
    if (answer->version != NULL)
        return true;
    error_set(error, ERROR_NOTHING_TO_RELEASE, "no commit since %s asks for a release", answer->base != NULL ? answer->base : "the first");
    error_state(error, "nothing was changed");
    error_fix(error, "say it yourself: slipway release patch");
    return false;
}

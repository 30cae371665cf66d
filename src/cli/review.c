#include "cli/review.h"

#include "base/terminal.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REVIEW "stage/review"

static const char *colour(const char *name) {
    return terminal_colour(STDOUT_FILENO, name);
}

/* The draft is there when what makes it is done; what comes after the point of no return is no draft any more. */
static bool has_draft(const Engine *engine, GError **error) {
    bool there = plan_effect(engine_plan(engine), REVIEW) != NULL && engine_state(engine, "stage/draft") == EFFECT_DONE;
    if (there && !engine_crossed(engine))
        return true;
    error_set(error, ERROR_NO_RELEASE, "%s has no draft to look at", engine_run_id(engine));
    error_why(error, engine_crossed(engine) ? "its tag is out: it is being published" : "it has not come so far");
    error_state(error, "nothing was changed");
    error_fix(error, engine_crossed(engine) ? "slipway verify --published" : "slipway resume");
    return false;
}

bool review_make(const Session *session, const char *run_id, json_t **review, GError **error) {
    EngineSpec spec = session_engine_spec(session, (EngineListener){0});
    g_autoptr(Engine) engine = engine_look(&spec, run_id, error);
    *review = NULL;
    if (engine == NULL || !has_draft(engine, error))
        return false;
    bool done = engine_check(engine, REVIEW, review, error);
    json_object_set_new(*review, "schema", json_integer(1));
    json_object_set_new(*review, "release", json_string(run_id));
    json_object_set_new(*review, "ok", json_boolean(done));
    return done;
}

static void print_row(const json_t *row, int width) {
    bool ok = jsonx_bool(row, "ok", false);
    const char *is = jsonx_string(row, "is"), *planned = jsonx_string(row, "planned");
    g_autofree char *what = text_escape(jsonx_string(row, "what"), -1, false);
    g_autofree char *there = text_escape(is != NULL ? is : "nothing", -1, false);
    g_autofree char *wanted = text_escape(planned != NULL ? planned : "nothing", -1, false);
    const char *mark = terminal_has_utf8() ? (ok ? "✓" : "✗") : (ok ? "+" : "x");
    int pad = width - (int)g_utf8_strlen(what, -1);
    printf("  %s%s%s %s%*s  %s", colour(ok ? "green" : "red"), mark, colour("reset"), what, MAX(pad, 0), "", there);
    if (!ok)
        printf("  (planned: %s)", wanted);
    putchar('\n');
}

static void print_edited(const char *diff) {
    g_auto(GStrv) lines = g_strsplit(diff, "\n", -1);
    puts("\nThe notes were edited at the forge. They are kept:");
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = text_escape(lines[i], -1, false);
        const char *hue = *line == '+' ? "green" : *line == '-' ? "red" : "dim";
        if (*line != '\0')
            printf("    %s%s%s\n", colour(hue), line, colour("reset"));
    }
}

void review_print(const json_t *review) {
    const json_t *rows = json_object_get(review, "checked");
    g_autofree char *url = jsonx_get_path(json_object_get(review, "url"));
    g_autofree char *place = url != NULL ? text_escape(url, -1, false) : g_strdup("");
    int width = 0;
    if (json_array_size(rows) == 0)
        return; /* it could not be looked at: the error says why */
    for (gsize i = 0; i < json_array_size(rows); i++)
        width = MAX(width, (int)g_utf8_strlen(jsonx_string(json_array_get(rows, i), "what"), -1));
    printf("%sthe draft %s%s  %s\n", colour("bold"), jsonx_string(review, "release"), colour("reset"), place);
    for (gsize i = 0; i < json_array_size(rows); i++)
        print_row(json_array_get(rows, i), width);
    const char *edited = jsonx_string(review, "edited");
    if (edited != NULL)
        print_edited(edited);
}

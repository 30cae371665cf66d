#include "cli/verify_release.h"

#include "cli/elsewhere.h"
#include "cli/review.h"
#include "steps/trusted.h"

#include <stdio.h>

int verify_draft(bool json, GError **error) {
    g_autoptr(Session) session = session_open(".", false, error);
    GError *problem = NULL;
    g_autoptr(JournalRun) run = session != NULL && session->journal != NULL ? journal_latest(session->journal, NULL, true, &problem) : NULL;
    g_autoptr(json_t) review = NULL;
    if (problem != NULL)
        g_propagate_error(error, problem);
    else if (run != NULL)
        review_make(session, run->id, &review, error);
    else if (session != NULL)
        elsewhere_review(session, &review, error);
    g_autofree char *text = review != NULL && json ? jsonx_pretty(review) : NULL;
    if (text != NULL)
        fputs(text, stdout);
    else if (review != NULL)
        review_print(review);
    return 0;
}

/* ---- published ---- */

int verify_published(const char *wanted, bool json, GError **error) {
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = false}, error);
    g_autoptr(Version) version = world == NULL ? NULL : wanted != NULL ? version_parse(wanted, error) : published_newest(world, error);
    if (version == NULL)
        return 0;
    g_autofree char *tag = world_tag(world, version);
    g_autofree char *why = NULL;
    g_autoptr(json_t) known = release_journaled_files(world, tag, &why);
    g_autoptr(Plan) plan = release_published_plan(world, version, known, why, error);
    if (plan == NULL || !session_check_plan(plan, error))
        return 0;
    if (!json) {
        printf("%s as anybody has it\n", tag);
        view_print_notes(plan);
        view_print_skipped(plan);
        fflush(stdout);
    }
    int status = session_do(g_steal_pointer(&plan), (RunOutput){.json = json, .passing = true}, error);
    if (*error == NULL && !json)
        printf(known != NULL ? "%s is public and as it was released\n" : "%s is public and agrees with itself; what was released is not known in this clone\n",
               tag);
    return status;
}

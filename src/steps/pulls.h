/* The pull requests that brought the commits of a release, as the forge knows them. */
#pragma once

#include "project/commits.h"
#include "steps/step.h"

/* [{sign, number, title, url, by, bot}] sorted by number; texts are Markdown, made harmless. At most the newest 300 commits are asked for. New reference; NULL
 * with error: the forge could not be asked. */
json_t *release_pulls(const World *world, const HistoryPart *part, GError **error);

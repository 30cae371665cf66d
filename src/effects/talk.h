/* What the kinds share that say something at a forge. Parameters: `forge`; `body`, Markdown, in which the first {link} stands for a link; `link`, the link's
 * text, and `url`, where it leads, which may only be known when it is said. */
#pragma once

#include "effects/release.h"

/* Opens the forge; CONFLICT where it has no issues and comments. */
Forge *effects_talk_forge(EffectRun *run, GError **error);
/* `body` with its link; without an address the link is its text alone. PLAN_BROKEN without a body. g_free. */
char *effects_talk_body(EffectRun *run, GError **error);
/* For `slipway plan`: what is said. g_free. */
char *effects_talk_detail(const json_t *params);
/* Nothing can be said there, now or later: it is gone, or locked. A token that is refused everywhere is another thing: that can be mended. */
bool effects_talk_is_closed(Forge *forge, gint64 number, const char *mark, const GError *problem);
/* Of a problem, in one line: what the forge says. g_free. */
char *effects_talk_why(const GError *problem);

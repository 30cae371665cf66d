/* What the files of sign/ share: how its programs are run. */
#pragma once

#include "base/process.h"
#include "sign/sign.h"

bool sign_is_ssh(const SignSpec *spec);
const char *sign_program(const SignSpec *spec);
/* first, then `rest` (NULL-ended); ended by NULL. The words are borrowed. */
GPtrArray *sign_words(const char *first, const char *const *rest);
/* Without a terminal, for a bounded time. False: it could not be started. */
bool sign_run(const SignSpec *spec, const char *const *words, GBytes *input, ProcessResult *result, GError **error);
/* SIGNING, with what the program said. False. */
bool sign_refuse(const SignSpec *spec, const ProcessResult *result, GError **error);

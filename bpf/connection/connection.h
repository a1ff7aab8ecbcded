/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connection table. */
#ifndef WEIR_CONNECTION_H
#define WEIR_CONNECTION_H

#include "end.h"
#include "find.h"
#include "see.h"

#endif

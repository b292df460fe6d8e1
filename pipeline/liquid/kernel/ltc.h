/* LTC, see pipeline/liquid/ltc.py for the equation:  v <- v + h (n - d v) / (c + h d). */

#define SYNAPSE 8 /* numbers per packed synapse: slope, shift, w, w erev, erev, sigma, mu, - */
#define UNIT 5    /* per packed unit: c, gleak vleak, gleak + epsilon, gleak, vleak */

int64_t ltc_packed_size(const LtcCall *call) {
  return SYNAPSE * (call->sensory_count + call->recurrent_count) + UNIT * call->units;
}

static void ltc_pack_synapses(REAL *to, int64_t count, const int32_t *place, const REAL *w, const REAL *sigma,
                                    const REAL *mu, const REAL *erev) {
  for (int64_t k = 0; k < count; k++, to += SYNAPSE) {
    int32_t at = place[k];
    REAL weight = softplus(w[at]);
    to[0] = -LOG2E * sigma[at];
    to[1] = LOG2E * sigma[at] * mu[at];
    to[2] = weight;
    to[3] = weight * erev[at];
    to[4] = erev[at];
    to[5] = sigma[at];
    to[6] = mu[at];
    to[7] = 0;
  }
}

/* Bring the weights into the order and form of the loops. */
void ltc_pack(const LtcCall *call) {
  REAL *to = call->packed;
  ltc_pack_synapses(to, call->sensory_count, call->sensory_place, call->sensory_w, call->sensory_sigma,
                          call->sensory_mu, call->sensory_erev);
  to += SYNAPSE * call->sensory_count;
  ltc_pack_synapses(to, call->recurrent_count, call->recurrent_place, call->w, call->sigma, call->mu, call->erev);
  to += SYNAPSE * call->recurrent_count;
  const REAL *cm = call->cm, *gleak = call->gleak, *vleak = call->vleak;
  for (int64_t j = 0; j < call->units; j++, to += UNIT) {
    REAL leak = softplus(gleak[j]);
    to[0] = softplus(cm[j]) + (REAL)TINY;
    to[1] = leak * vleak[j];
    to[2] = leak + (REAL)EPSILON;
    to[3] = leak;
    to[4] = vleak[j];
  }
}

/* Add to [n, d] of each target what `count` open synapses contribute; keep how far each is open, if wanted. */
INLINE void ltc_hear(const REAL *packed, const int32_t *source, const int32_t *target, int64_t count, const vec *from,
                     vec *kept, vec *sums) {
  for (int64_t k = 0; k < count; k++, packed += SYNAPSE) {
    vec open = gate(from[source[k]] * packed[0] + packed[1]), *sum = sums + 2 * target[k];
    if (kept) kept[k] = open;
    sum[0] += open * packed[3];
    sum[1] += open * packed[2];
  }
}

/* What leak and features contribute to n and d of all neurons in one step. */
INLINE void ltc_sense(const LtcCall *call, const REAL *synapses, const REAL *unit, const vec *x, vec *kept, vec *base) {
  for (int64_t j = 0; j < call->units; j++, unit += UNIT) {
    base[2 * j] = splat(unit[1]);
    base[2 * j + 1] = splat(unit[2]);
  }
  ltc_hear(synapses, call->sensory_source, call->sensory_target, call->sensory_count, x, kept, base);
}

/* One unfold: from potentials v to `after`. sums: room for n and d. trace, if wanted: r = 1 / (c + h d), the change,
   n - d after. */
INLINE void ltc_unfold(const LtcCall *call, const REAL *synapses, const REAL *unit, const vec *base, vec h,
                       const vec *v, vec *kept, vec *sums, vec *after, vec *trace) {
  memcpy(sums, base, 2 * (size_t)call->units * sizeof(vec));
  ltc_hear(synapses, call->recurrent_source, call->recurrent_target, call->recurrent_count, v, kept, sums);
  for (int64_t j = 0; j < call->units; j++, unit += UNIT) {
    vec n = sums[2 * j], d = sums[2 * j + 1], rate = (REAL)1 / (h * d + unit[0]), change = h * (n - d * v[j]) * rate;
    after[j] = v[j] + change;
    if (trace) {
      trace[3 * j] = rate;
      trace[3 * j + 1] = change;
      trace[3 * j + 2] = n - d * after[j];
    }
  }
}

/* Read the features of one step, scaled and shifted. raw: as they came. */
INLINE void ltc_take(const LtcCall *call, const REAL *row, int64_t stride, int64_t lanes, vec *raw, vec *x) {
  const REAL *weight = call->input_w, *bias = call->input_b;
  take(row, stride, lanes, call->features, raw);
  for (int64_t f = 0; f < call->features; f++) x[f] = weight ? raw[f] * weight[f] + bias[f] : raw[f];
}

int ltc_forward(const LtcCall *call) {
  int64_t units = call->units, features = call->features, steps = call->steps, motors = call->motors;
  vec *memory = reserve((size_t)(2 * features + 6 * units + motors + 1));
  if (!memory) return 1;
  vec *raw = memory, *x = raw + features, *base = x + features, *sums = base + 2 * units, *v = sums + 2 * units, *after = v + units;
  vec *motor = after + units, *seconds = motor + motors;
  const REAL *sensory = call->packed, *recurrent = sensory + SYNAPSE * call->sensory_count;
  const REAL *unit = recurrent + SYNAPSE * call->recurrent_count, *output_w = call->output_w, *output_b = call->output_b;
  const REAL *start = call->start;
  for (int64_t first = 0; first < call->batch; first += LANES) {
    int64_t lanes = call->batch - first < LANES ? call->batch - first : LANES;
    take(start ? start + first * units : NULL, units, lanes, units, v);
    for (int64_t t = 0; t < steps; t++) {
      int64_t row = first * steps + t;
      ltc_take(call, (const REAL *)call->x + row * features, steps * features, lanes, raw, x);
      take((const REAL *)call->time + row, steps, lanes, 1, seconds);
      ltc_sense(call, sensory, unit, x, NULL, base);
      for (int64_t unfold = 0; unfold < call->unfolds; unfold++) {
        ltc_unfold(call, recurrent, unit, base, *seconds * (REAL)call->time_scale, v, NULL, sums, after, NULL);
        vec *swap = v;
        v = after;
        after = swap;
      }
      for (int64_t j = 0; j < motors; j++) motor[j] = output_w ? v[j] * output_w[j] + output_b[j] : v[j];
      put(v, steps * units, lanes, units, (REAL *)call->states + row * units);
      put(motor, steps * motors, lanes, motors, (REAL *)call->motor + row * motors);
    }
  }
  free(memory);
  return 0;
}

/* The gradient through `count` synapses. adjoint: of n and d. sums: of w, erev, sigma and mu, to add to. */
INLINE void ltc_hear_back(const REAL *packed, const int32_t *source, const int32_t *target, int64_t count,
                          const vec *from, const vec *kept, const vec *adjoint, vec *from_grad, vec *sums) {
  for (int64_t k = 0; k < count; k++, packed += SYNAPSE, sums += 4) {
    vec n = adjoint[2 * target[k]], d = adjoint[2 * target[k] + 1], open = kept[k], opened = n * packed[4] + d;
    vec drive = opened * packed[2] * (open - open * open);
    sums[0] += open * opened;
    sums[1] += open * n;
    sums[2] += drive * (from[source[k]] - packed[6]);
    sums[3] += drive;
    from_grad[source[k]] += drive * packed[5];
  }
}

static void ltc_unpack_synapses(const REAL *packed, const vec *sums, int64_t count, const int32_t *place,
                                      const REAL *w, REAL *w_grad, REAL *erev_grad, REAL *sigma_grad, REAL *mu_grad) {
  for (int64_t k = 0; k < count; k++, packed += SYNAPSE, sums += 4) {
    int32_t at = place[k];
    w_grad[at] = sum(sums[0]) * softplus_slope(w[at]);
    erev_grad[at] = sum(sums[1]) * packed[2];
    sigma_grad[at] = sum(sums[2]);
    mu_grad[at] = -sum(sums[3]) * packed[5];
  }
}

/* Where the backward pass works: all vectors that one group of lanes needs, and the sums over all groups. */
typedef struct {
  vec *raw, *x, *x_grad, *base, *base_grad, *adjoint, *v, *trace, *v_grad, *v_grad_before, *motor_grad, *seconds;
  vec *sensory_kept, *kept, *sensory_sums, *sums, *unit_sums, *input_sums, *output_sums;
} LtcWork;

static vec *ltc_reserve(const LtcCall *call, LtcWork * work) {
  int64_t units = call->units, features = call->features, unfolds = call->unfolds;
  vec **fields[] = {&work->raw, &work->x, &work->x_grad, &work->base, &work->base_grad, &work->adjoint, &work->v,
                    &work->trace, &work->v_grad, &work->v_grad_before, &work->motor_grad, &work->seconds,
                    &work->sensory_kept, &work->kept, &work->sensory_sums, &work->sums, &work->unit_sums,
                    &work->input_sums, &work->output_sums};
  int64_t sizes[] = {features, features, features, 2 * units, 2 * units, 2 * units, (unfolds + 1) * units,
                     3 * unfolds * units, units, units, call->motors, 2,
                     call->sensory_count, unfolds * call->recurrent_count, 4 * call->sensory_count,
                     4 * call->recurrent_count, 3 * units, 2 * features, 2 * call->motors};
  int64_t total = 0, count = (int64_t)(sizeof sizes / sizeof *sizes);
  for (int64_t i = 0; i < count; i++) total += sizes[i];
  vec *memory = reserve((size_t)total), *next = memory;
  for (int64_t i = 0; memory && i < count; next += sizes[i++]) *fields[i] = next;
  return memory;
}

/* The gradient through the unfolds of one step, whose trace is in `work`; v_grad goes from after to before it. */
INLINE void ltc_step_back(const LtcCall *call, const REAL *recurrent, const REAL *unit, LtcWork * work,
                                vec h) {
  int64_t units = call->units;
  vec time_grad = {0};
  memset(work->base_grad, 0, 2 * (size_t)units * sizeof(vec));
  for (int64_t unfold = call->unfolds - 1; unfold >= 0; unfold--) {
    const vec *v = work->v + unfold * units, *trace = work->trace + 3 * unfold * units;
    for (int64_t j = 0; j < units; j++) {
      vec scaled = work->v_grad[j] * trace[3 * j], n = h * scaled, d = -n * v[units + j];
      work->unit_sums[3 * j] -= scaled * trace[3 * j + 1];
      time_grad += scaled * trace[3 * j + 2];
      work->v_grad_before[j] = scaled * unit[UNIT * j];
      work->adjoint[2 * j] = n;
      work->adjoint[2 * j + 1] = d;
      work->base_grad[2 * j] += n;
      work->base_grad[2 * j + 1] += d;
    }
    ltc_hear_back(recurrent, call->recurrent_source, call->recurrent_target, call->recurrent_count, v,
                        work->kept + unfold * call->recurrent_count, work->adjoint, work->v_grad_before, work->sums);
    vec *swap = work->v_grad;
    work->v_grad = work->v_grad_before;
    work->v_grad_before = swap;
  }
  work->seconds[1] = time_grad;
}

/* The gradient of one step of one group of lanes: computes the step again, then goes back through it. */
INLINE void ltc_group_back(const LtcCall *call, LtcWork * work, int64_t first, int64_t lanes, int64_t t) {
  int64_t units = call->units, features = call->features, steps = call->steps, motors = call->motors;
  int64_t row = first * steps + t;
  const REAL *sensory = call->packed, *recurrent = sensory + SYNAPSE * call->sensory_count, *output_w = call->output_w;
  const REAL *unit = recurrent + SYNAPSE * call->recurrent_count, *states = call->states, *start = call->start;
  const REAL *motor_grad = call->motor_grad, *states_grad = call->states_grad, *input_w = call->input_w;
  ltc_take(call, (const REAL *)call->x + row * features, steps * features, lanes, work->raw, work->x);
  take((const REAL *)call->time + row, steps, lanes, 1, work->seconds);
  vec h = *work->seconds * (REAL)call->time_scale;
  if (t > 0) take(states + (row - 1) * units, steps * units, lanes, units, work->v);
  else take(start ? start + first * units : NULL, units, lanes, units, work->v);
  ltc_sense(call, sensory, unit, work->x, work->sensory_kept, work->base);
  for (int64_t unfold = 0; unfold < call->unfolds; unfold++)
    ltc_unfold(call, recurrent, unit, work->base, h, work->v + unfold * units,
                     work->kept + unfold * call->recurrent_count, work->adjoint, work->v + (unfold + 1) * units,
                     work->trace + 3 * unfold * units);
  const vec *after = work->v + call->unfolds * units;
  if (states_grad) {
    take(states_grad + row * units, steps * units, lanes, units, work->adjoint);
    for (int64_t j = 0; j < units; j++) work->v_grad[j] += work->adjoint[j];
  }
  take(motor_grad ? motor_grad + row * motors : NULL, steps * motors, lanes, motors, work->motor_grad);
  for (int64_t j = 0; j < motors; j++) {
    vec grad = work->motor_grad[j];
    work->v_grad[j] += output_w ? grad * output_w[j] : grad;
    work->output_sums[2 * j] += grad * after[j];
    work->output_sums[2 * j + 1] += grad;
  }
  ltc_step_back(call, recurrent, unit, work, h);
  memset(work->x_grad, 0, (size_t)features * sizeof(vec));
  ltc_hear_back(sensory, call->sensory_source, call->sensory_target, call->sensory_count, work->x,
                work->sensory_kept, work->base_grad, work->x_grad, work->sensory_sums);
  for (int64_t j = 0; j < units; j++) {
    work->unit_sums[3 * j + 1] += work->base_grad[2 * j] * unit[UNIT * j + 4] + work->base_grad[2 * j + 1];
    work->unit_sums[3 * j + 2] += work->base_grad[2 * j];
  }
  for (int64_t f = 0; f < features; f++) {
    work->input_sums[2 * f] += work->x_grad[f] * work->raw[f];
    work->input_sums[2 * f + 1] += work->x_grad[f];
    if (input_w) work->x_grad[f] *= input_w[f];
  }
  if (call->x_grad)
    put(work->x_grad, steps * features, lanes, features, (REAL *)call->x_grad + row * features);
  work->seconds[1] *= (REAL)call->time_scale;
  if (call->time_grad) put(work->seconds + 1, steps, lanes, 1, (REAL *)call->time_grad + row);
}

int ltc_backward(const LtcCall *call) {
  int64_t units = call->units;
  LtcWork work;
  vec *memory = ltc_reserve(call, &work);
  if (!memory) return 1;
  for (int64_t first = 0; first < call->batch; first += LANES) {
    int64_t lanes = call->batch - first < LANES ? call->batch - first : LANES;
    memset(work.v_grad, 0, (size_t)units * sizeof(vec));
    for (int64_t t = call->steps - 1; t >= 0; t--) ltc_group_back(call, &work, first, lanes, t);
    if (call->start_grad)
      put(work.v_grad, units, lanes, units, (REAL *)call->start_grad + first * units);
  }
  const REAL *sensory = call->packed, *recurrent = sensory + SYNAPSE * call->sensory_count;
  const REAL *unit = recurrent + SYNAPSE * call->recurrent_count;
  ltc_unpack_synapses(sensory, work.sensory_sums, call->sensory_count, call->sensory_place, call->sensory_w,
                            call->sensory_w_grad, call->sensory_erev_grad, call->sensory_sigma_grad,
                            call->sensory_mu_grad);
  ltc_unpack_synapses(recurrent, work.sums, call->recurrent_count, call->recurrent_place, call->w, call->w_grad,
                            call->erev_grad, call->sigma_grad, call->mu_grad);
  const REAL *cm = call->cm, *gleak = call->gleak;
  REAL *cm_grad = call->cm_grad, *gleak_grad = call->gleak_grad, *vleak_grad = call->vleak_grad;
  for (int64_t j = 0; j < units; j++) {
    cm_grad[j] = sum(work.unit_sums[3 * j]) * softplus_slope(cm[j]);
    gleak_grad[j] = sum(work.unit_sums[3 * j + 1]) * softplus_slope(gleak[j]);
    vleak_grad[j] = sum(work.unit_sums[3 * j + 2]) * unit[UNIT * j + 3];
  }
  REAL *input_w_grad = call->input_w_grad, *input_b_grad = call->input_b_grad;
  for (int64_t f = 0; input_w_grad && f < call->features; f++) {
    input_w_grad[f] = sum(work.input_sums[2 * f]);
    input_b_grad[f] = sum(work.input_sums[2 * f + 1]);
  }
  REAL *output_w_grad = call->output_w_grad, *output_b_grad = call->output_b_grad;
  for (int64_t j = 0; output_w_grad && j < call->motors; j++) {
    output_w_grad[j] = sum(work.output_sums[2 * j]);
    output_b_grad[j] = sum(work.output_sums[2 * j + 1]);
  }
  free(memory);
  return 0;
}

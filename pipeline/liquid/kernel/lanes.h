/* Vectors of REALs and the functions that cells need on them. */

#define LANES ((int64_t)(VECTOR_BYTES / sizeof(REAL)))
#define IS_FLOAT (sizeof(REAL) == 4)

typedef REAL vec __attribute__((vector_size(VECTOR_BYTES)));
typedef INT ivec __attribute__((vector_size(VECTOR_BYTES)));

INLINE vec splat(REAL x) { return x - (vec){0}; }
INLINE vec pick(ivec mask, vec yes, vec no) { return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask)); }
INLINE vec absolute(vec x) { return (vec)((ivec)x & ~(ivec)splat((REAL)-0.0)); }

/* Keep x within [-limit, limit]; what is not a number stays so. */
INLINE vec bound(vec x, REAL limit) {
  vec high = splat(limit), low = splat(-limit);
#if defined(__AVX512F__) && VECTOR_BYTES == 64
  if (IS_FLOAT) return (vec)_mm512_max_ps((__m512)low, _mm512_min_ps((__m512)high, (__m512)x));
  return (vec)_mm512_max_pd((__m512d)low, _mm512_min_pd((__m512d)high, (__m512d)x));
#elif defined(__AVX__) && VECTOR_BYTES == 32
  if (IS_FLOAT) return (vec)_mm256_max_ps((__m256)low, _mm256_min_ps((__m256)high, (__m256)x));
  return (vec)_mm256_max_pd((__m256d)low, _mm256_min_pd((__m256d)high, (__m256d)x));
#else
  x = pick((ivec)(x > high), high, x);
  return pick((ivec)(x < low), low, x);
#endif
}

/* 2^x to 1e-7 (float) or 1e-15 (double) of its value, for |x| bounded to where REAL has normal numbers. x is split
   into a whole number, which becomes the exponent, and a rest within [-1/2, 1/2], which a polynomial serves. */
INLINE vec power_of_two(vec x) {
  if (IS_FLOAT) {
    const REAL magic = (REAL)(12582912.0 + 127.0); /* 1.5 * 2^23: adding it rounds to whole numbers */
    x = bound(x, (REAL)126);
    vec whole = x + magic, rest = x - (whole - magic);
    vec p = rest * (REAL)0.00132647266 + (REAL)0.00967151296;
    p = p * rest + (REAL)0.0555073375;
    p = p * rest + (REAL)0.240222421;
    p = p * rest + (REAL)0.693146978;
    p = p * rest + (REAL)1.0;
    return p * (vec)((ivec)whole << 23);
  }
  const REAL magic = (REAL)(6755399441055744.0 + 1023.0); /* 1.5 * 2^52 */
  x = bound(x, (REAL)1022);
  vec whole = x + magic, rest = x - (whole - magic);
  static const double taylor[] = {2.5678435993488196e-11, 4.4455382718708101e-10, 7.0549116208011209e-09,
                                  1.0178086009239696e-07, 1.3215486790144305e-06, 1.5252733804059838e-05,
                                  0.00015403530393381606, 0.0013333558146428441,  0.0096181291076284769,
                                  0.055504108664821576,   0.24022650695910069,    0.69314718055994529, 1.0};
  vec p = rest * (REAL)1.3691488853904124e-12;
  for (int i = 0; i < 12; i++) p = (p + (REAL)taylor[i]) * rest;
  p += (REAL)taylor[12];
  return p * (vec)((ivec)whole << (8 * (int)sizeof(REAL) == 64 ? 52 : 23));
}

#define LOG2E ((REAL)1.44269504088896340736)

/* 1 / (1 + 2^x): the sigmoid of -x / LOG2E. */
INLINE vec gate(vec x) { return (REAL)1 / ((REAL)1 + power_of_two(x)); }
INLINE vec sigmoid(vec x) { return gate(x * -LOG2E); }
INLINE vec hyperbolic(vec x) { return gate(x * (-2 * LOG2E)) * (REAL)2 - (REAL)1; }

static REAL sum(vec x) {
  REAL sum = 0;
  for (int64_t lane = 0; lane < LANES; lane++) sum += x[lane];
  return sum;
}

static REAL softplus(REAL x) {
  double y = (double)x;
  return (REAL)((y > 0 ? y : 0) + log1p(exp(y > 0 ? -y : y)));
}
static REAL softplus_slope(REAL x) { return (REAL)(1 / (1 + exp(-(double)x))); }

/* Read one row of `count` values of each sample into lanes; samples lie `stride` apart, of the last vector maybe not
   all exist. Missing samples and missing arrays give zeros. */
INLINE void take(const REAL *restrict from, int64_t stride, int64_t lanes, int64_t count, vec *restrict to) {
  if (!from || lanes < LANES) memset(to, 0, (size_t)count * sizeof(vec));
  if (!from) return;
  if (lanes == LANES) {
    for (int64_t i = 0; i < count; i++) {
      vec row; /* put together in a register: lane by lane in memory, the next to read it whole would stall */
#pragma GCC unroll 16
      for (int lane = 0; lane < (int)LANES; lane++) row[lane] = from[lane * stride + i];
      to[i] = row;
    }
    return;
  }
  for (int64_t lane = 0; lane < lanes; lane++)
    for (int64_t i = 0; i < count; i++) to[i][lane] = from[lane * stride + i];
}

INLINE void put(const vec *restrict from, int64_t stride, int64_t lanes, int64_t count, REAL *restrict to) {
  for (int64_t lane = 0; lane < lanes; lane++)
    for (int64_t i = 0; i < count; i++) to[lane * stride + i] = from[i][lane];
}

/* For measuring: the same function on the same kind of data, and nothing else. */
void sigmoids(const REAL *x, REAL *y, int64_t vectors, int64_t repeats) {
  for (int64_t repeat = 0; repeat < repeats; repeat++) {
    for (int64_t i = 0; i < vectors; i++) {
      vec z;
      memcpy(&z, x + i * LANES, sizeof z);
      z = gate(z * x[0] + x[1]);
      memcpy(y + i * LANES, &z, sizeof z);
    }
    __asm__ volatile("" ::: "memory");
  }
}

// Paints films with WebGL 2: the grey levels lie in the graphics memory, and the window is applied there.

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

// Integer textures are not interpolated by the hardware. A level of the pyramid is chosen so that a pixel of the
// screen covers one to two of its pixels.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D film;
uniform vec4 matrix;
uniform vec2 origin, size;
uniform float height, step, black, contrast;
uniform int level;
uniform bool inverted;
out vec4 colour;
float grey(ivec2 at, ivec2 last) { return float(texelFetch(film, clamp(at, ivec2(0), last), level).r); }
void main() {
  vec2 pixel = vec2(gl_FragCoord.x, height - gl_FragCoord.y);
  vec2 place = vec2(dot(matrix.xy, pixel), dot(matrix.zw, pixel)) + origin;
  colour = vec4(0.0, 0.0, 0.0, 1.0);
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, size))) return;
  vec2 texel = place / step - 0.5;
  ivec2 at = ivec2(floor(texel)), last = textureSize(film, level) - 1;
  vec2 part = texel - floor(texel);
  float value = mix(
    mix(grey(at, last), grey(at + ivec2(1, 0), last), part.x),
    mix(grey(at + ivec2(0, 1), last), grey(at + ivec2(1, 1), last), part.x), part.y);
  float shade = clamp((value - black) * contrast, 0.0, 1.0);
  colour.rgb = vec3(inverted ? 1.0 - shade : shade);
}`;

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export class GlPainter {
  // Throws where the browser has no WebGL 2, or has it without a graphics card, which is slower than `painter_2d.js`.
  constructor(canvas) {
    const options = { alpha: false, antialias: false, depth: false, failIfMajorPerformanceCaveat: true };
    const gl = canvas.getContext("webgl2", options);
    if (!gl) throw new Error("no WebGL 2");
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    const renderer = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
    if (SOFTWARE.test(renderer)) throw new Error("no graphics card");
    this.gl = gl;
    this.canvas = canvas;
    this.textures = new Map();
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    this.places = Object.fromEntries(
      ["matrix", "origin", "size", "height", "step", "black", "contrast", "level", "inverted"].map((name) => [
        name,
        gl.getUniformLocation(program, name),
      ]),
    );
    gl.enable(gl.SCISSOR_TEST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  // Paints each of `parts`: a placement, with the ends of the window.
  paint(parts) {
    const { gl, canvas, places } = this;
    this.reduced = false; // whether a film is larger than the graphics card can hold
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.scissor(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const { placement, low, high, inverted } of parts) {
      const { film, pane } = placement;
      const { dropped, most } = this.bind(film);
      this.reduced ||= dropped !== 0;
      const origin = placement.toFilm(0, 0);
      const [right, down] = [placement.shift(1, 0), placement.shift(0, 1)];
      const level = levelFor(film, placement.scale, dropped, most);
      gl.scissor(pane.x, canvas.height - pane.y - pane.h, pane.w, pane.h);
      gl.uniform4f(places.matrix, right.x, down.x, right.y, down.y);
      gl.uniform2f(places.origin, origin.x, origin.y);
      gl.uniform2f(places.size, film.width, film.height);
      gl.uniform1f(places.height, canvas.height);
      gl.uniform1f(places.step, 2 ** (dropped + level));
      gl.uniform1f(places.black, low);
      gl.uniform1f(places.contrast, 1 / (high - low));
      gl.uniform1i(places.level, level);
      gl.uniform1i(places.inverted, inverted ? 1 : 0);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  bind(film) {
    const { gl } = this;
    const known = this.textures.get(film);
    if (known) {
      gl.bindTexture(gl.TEXTURE_2D, known.texture);
      return known;
    }
    const side = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    const dropped = film.levels.findIndex(({ w, h }) => Math.max(w, h) <= side);
    // A level of a texture is half of the one before, rounded down, as those of the film are.
    const levels = film.levels.slice(dropped);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const [level, { w, h, data }] of levels.entries()) {
      gl.texImage2D(gl.TEXTURE_2D, level, gl.R16UI, w, h, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, data);
    }
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAX_LEVEL, levels.length - 1);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const made = { texture, dropped, most: levels.length - 1 };
    this.textures.set(film, made);
    return made;
  }

  forget(film) {
    this.gl.deleteTexture(this.textures.get(film)?.texture ?? null);
    this.textures.delete(film);
  }

  // Browsers keep few contexts at a time: one that is not seen is given back.
  close() {
    this.textures.clear();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

export function levelFor(film, scale, dropped = 0, most = film.levels.length - 1) {
  const wanted = Math.floor(Math.log2(1 / scale) + 1e-6) - dropped;
  return Math.min(most, Math.max(0, wanted));
}

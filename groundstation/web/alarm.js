// Two rising tones, the nutcracker's call made plain, when a new fire stands on the map.

const NOTES = [
  { hz: 740, at: 0 },
  { hz: 988, at: 0.18 },
  { hz: 740, at: 0.5 },
  { hz: 988, at: 0.68 },
];

const PAUSE_MS = 1500; // a hundred new fires are one alarm, not a roar

/** Browsers allow sound only after a person has touched the page; `enable` is called from a tap. */
export function createAlarm() {
  /** @type {AudioContext | null} */
  let audio = null;
  let sounded_ms = -Infinity;

  return {
    enable() {
      audio ??= new AudioContext();
      void audio.resume();
      this.sound();
    },
    disable() {
      void audio?.close();
      audio = null;
    },
    sound() {
      if (!audio || performance.now() - sounded_ms < PAUSE_MS) return;
      sounded_ms = performance.now();
      for (const { hz, at } of NOTES) {
        const tone = new OscillatorNode(audio, { type: "triangle", frequency: hz });
        const volume = new GainNode(audio, { gain: 0 });
        const start = audio.currentTime + at;
        volume.gain.setValueAtTime(0, start);
        volume.gain.linearRampToValueAtTime(0.35, start + 0.02);
        volume.gain.exponentialRampToValueAtTime(0.001, start + 0.16);
        tone.connect(volume).connect(audio.destination);
        tone.start(start);
        tone.stop(start + 0.17);
      }
    },
  };
}

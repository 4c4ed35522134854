// A cover by Spotify's rules: whole, still, nothing laid over it, linked to Spotify; a tile stands in until it is there.

const SPOTIFY = "https://open.spotify.com/";

export class Cover {
  /** `ready()` is called when a picture has arrived: draw again. */
  constructor({ image, tile, link, ready }) {
    this.image = image;
    this.tile = tile;
    this.link = link;
    this.ready = ready;
    this.address = null;
    this.loaded = false;
  }

  take(address, link) {
    if (link?.startsWith(SPOTIFY)) this.link.href = link;
    else this.link.removeAttribute("href");
    if (address === this.address) return;
    this.address = address;
    this.loaded = false;
    if (address === null) return this.image.removeAttribute("src");
    const loading = new Image();
    loading.onload = () => {
      if (this.address !== address) return;
      this.image.src = address;
      this.loaded = true;
      this.ready();
    };
    loading.src = address; // one that does not load leaves the tile
  }

  show(showing) {
    this.image.hidden = !(showing && this.loaded);
    this.tile.toggleAttribute("hidden", this.loaded);
  }
}

// Chainlit's setting knows only light and dark; a person who has chosen neither gets the theme of their system.
localStorage.getItem('vite-ui-theme') ?? localStorage.setItem('vite-ui-theme', 'system');

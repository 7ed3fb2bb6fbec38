import { defineTransformation } from 'dynamodt';

interface Post {
  pk: string;
  sk: string;
}

/** Counters: gives each post the number of its comments, which stand in its partition. The application counts on from there. */
export default defineTransformation<Post>()({
  sequence: 1,
  adds: ['commentCount'],
  async transformUp(post, { look }) {
    if (post.sk !== 'POST') return;
    const comments = await look.self.query({ pk: post.pk }, { sortKey: { beginsWith: 'COMMENT#' } });
    return { ...post, commentCount: comments.length };
  },
});
